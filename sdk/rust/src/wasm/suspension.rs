use super::bindings::monshyflow::node::suspension as wit;
use crate::suspension::{Cause, Resumption};

pub(crate) use wit::{children, resume_url, rounds, signal, until};

pub(crate) fn resumed() -> Option<Resumption> {
    wit::resumed().map(|resumption| Resumption {
        by: match resumption.by {
            wit::Cause::Rounds => Cause::Rounds,
            wit::Cause::Time => Cause::Time,
            wit::Cause::Signal => Cause::Signal,
            wit::Cause::TimedOut => Cause::TimedOut,
            wit::Cause::Children => Cause::Children,
        },
        state: resumption.state,
    })
}
