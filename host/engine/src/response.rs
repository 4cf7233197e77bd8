use std::sync::Arc;

use crate::{Run, StepId};

/// What a run answers to whoever waits for it, such as the caller of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// A final status of HTTP, 200 to 599.
    pub status: u16,
    /// Names in lower case, and values. A name may come several times.
    pub headers: Vec<(String, String)>,
    pub body: ResponseBody,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseBody {
    Empty,
    Text(Arc<str>),
    /// In the object store.
    Stored {
        object: String,
        /// Bytes.
        size: u64,
    },
}

/// The answer of a run and whose it is. It comes with the result of its step; that it may leave is a fact of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) step: StepId,
    pub(crate) response: Arc<Response>,
    pub(crate) sent: bool,
}

impl Run {
    /// What the run answered; nothing before `response-sent` was recorded.
    pub fn response(&self) -> Option<&Arc<Response>> {
        let answered = self.facts.answered.as_ref().filter(|answered| answered.sent);
        answered.map(|answered| &answered.response)
    }

    /// The step whose answer was not recorded as sent.
    pub(crate) fn unsent(&self) -> Option<&Answered> {
        self.facts.answered.as_ref().filter(|answered| !answered.sent)
    }
}
