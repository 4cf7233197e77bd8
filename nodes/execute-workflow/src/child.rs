use monshyflow_sdk::{Item, NodeError};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How a run ended, as the host says it before the items of its result.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    /// None if it did not start.
    #[serde(default)]
    pub(crate) id: Option<String>,
    status: String,
    #[serde(default)]
    error: Option<ChildError>,
    count: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct ChildError {
    code: String,
    message: String,
}

pub(crate) struct Child<'a> {
    pub(crate) head: Head,
    pub(crate) items: &'a [Item],
}

/// The runs, from the items of the input `result`.
///
/// # Errors
///
/// `invalid-call` if the host sent something else.
pub(crate) fn read(mut items: &[Item]) -> Result<Vec<Child<'_>>, NodeError> {
    let mut children = Vec::new();
    while let Some((first, rest)) = items.split_first() {
        let head: Head = first.json().map_err(|_| broken())?;
        let (of_child, rest) = rest.split_at_checked(head.count).ok_or_else(broken)?;
        children.push(Child {
            head,
            items: of_child,
        });
        items = rest;
    }
    Ok(children)
}

pub(crate) fn broken() -> NodeError {
    NodeError::permanent(
        "invalid-call",
        "the host sent results that do not belong to the runs it was asked for",
    )
}

const FAILED: &str = "child-failed";
const CAUSE: &str = "; the cause: ";

impl Child<'_> {
    /// # Errors
    ///
    /// `child-failed` unless the run succeeded, or at least started where nobody waits for its end.
    pub(crate) fn check(&self, wait: bool) -> Result<(), NodeError> {
        let Head {
            id, status, error, ..
        } = &self.head;
        let is_well = status == "succeeded" || (!wait && id.is_some() && error.is_none());
        if is_well {
            return Ok(());
        }
        let which = match id {
            Some(id) => format!("run {id} of the workflow"),
            None => "the run of the workflow".to_owned(),
        };
        let how = match (id, status.as_str()) {
            (None, _) => "did not start",
            (_, "cancelled") => "was cancelled",
            (_, "timed-out") => "took longer than it may",
            _ => "failed",
        };
        let why = match error {
            // Of a chain of calls only the nearest run and the one where it began help a reader.
            Some(error) if error.code == FAILED => {
                let first = error.message.rsplit(CAUSE).next().unwrap_or_default();
                format!("{CAUSE}{first}")
            }
            Some(error) => format!(" with `{}`: {}", error.code, error.message),
            None => String::new(),
        };
        let details = json!({ "id": id, "status": status, "error": error });
        Err(NodeError::permanent(FAILED, format!("{which} {how}{why}")).with_details(details))
    }
}
