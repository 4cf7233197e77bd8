//! Tests of nodes on the author's machine, without a sandbox. The same `cases/*.json` also run in the real one; their
//! format is described in `sdk/README.md`.

mod case;
mod compare;
mod recorded_item;
mod response;
mod run;
mod suspension;

pub use case::{
    Case, CaseContext, EarlierCall, Exchange, ExpectedError, ExpectedMail, MailFailure, OneOrMore,
    RecordedRequest, RecordedResponse, load_cases,
};
pub(crate) use recorded_item::bytes_of;
pub use recorded_item::{RecordedAttachment, RecordedItem};
pub use response::ExpectedResponse;
pub use run::{Report, call_node, item, run_case, run_cases};
pub use suspension::{CaseResumption, ExpectedSuspension};
