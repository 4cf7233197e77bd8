use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::call::CallParams;
use crate::{NodeError, pointer};

/// Parses the parameters of one call. `P` should refuse unknown fields.
pub(crate) fn parse<P: DeserializeOwned>(text: &str) -> Result<P, NodeError> {
    serde_json::from_str(text).map_err(|error| invalid(text, &error))
}

fn invalid(text: &str, error: &serde_json::Error) -> NodeError {
    let line = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let pointer = pointer::at(text, line + error.column());
    let place = if pointer.is_empty() {
        "the parameters".to_owned()
    } else {
        format!("parameter {pointer}")
    };
    let problem = error.to_string();
    let problem = without_position(&problem);
    NodeError::invalid("invalid-params", format!("{place}: {problem}")).at(pointer)
}

/// The parameters of a call, parsed once when all items share them.
pub(crate) enum Params<P> {
    Shared(Rc<P>),
    PerItem(Vec<String>),
}

impl<P: DeserializeOwned> Params<P> {
    pub(crate) fn new(params: CallParams) -> Result<Self, NodeError> {
        Ok(match params {
            CallParams::Shared(text) => Self::Shared(Rc::new(parse(&text)?)),
            CallParams::PerItem(texts) => Self::PerItem(texts),
        })
    }

    /// For nodes that take everything at once.
    pub(crate) fn of_call(&self) -> Result<Rc<P>, NodeError> {
        match self {
            Self::PerItem(texts) if texts.is_empty() => {
                serde_json::from_str("null").map(Rc::new).map_err(|_| {
                    let message = "the parameters depend on the items, but there are none: use expressions without \
                                   `$json`, or let the node run only when something arrives";
                    NodeError::invalid("no-items", message)
                })
            }
            Self::Shared(_) | Self::PerItem(_) => self.of_item(0),
        }
    }

    pub(crate) fn of_item(&self, index: usize) -> Result<Rc<P>, NodeError> {
        match self {
            Self::Shared(params) => Ok(Rc::clone(params)),
            Self::PerItem(texts) => {
                let text = texts.get(index).ok_or_else(|| {
                    NodeError::permanent(
                        "invalid-call",
                        format!("the host sent no parameters for item {index}"),
                    )
                })?;
                parse(text).map(Rc::new)
            }
        }
    }
}

/// Lines and columns of a text that people never see would only confuse them.
fn without_position(problem: &str) -> &str {
    problem
        .rsplit_once(" at line ")
        .map_or(problem, |(problem, _)| problem)
}
