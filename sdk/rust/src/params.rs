use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::NodeError;
use crate::call::CallParams;

/// Parses the parameters of one call. `P` should refuse unknown fields.
pub(crate) fn parse<P: DeserializeOwned>(text: &str) -> Result<P, NodeError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let place = if pointer.is_empty() {
            "the parameters".to_owned()
        } else {
            format!("parameter {pointer}")
        };
        let problem = error.inner().to_string();
        let problem = without_position(&problem);
        NodeError::invalid("invalid-params", format!("{place}: {problem}")).at(pointer)
    })
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

/// JSON Pointer (RFC 6901) of a path in the parameters; empty for the whole.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        use serde_path_to_error::Segment;
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Lines and columns of a text that people never see would only confuse them.
fn without_position(problem: &str) -> &str {
    problem
        .rsplit_once(" at line ")
        .map_or(problem, |(problem, _)| problem)
}
