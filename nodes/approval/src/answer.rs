use monshyflow_sdk::Item;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::params::{Choice, Params};

/// What a person decided.
pub(crate) struct Answer<'a> {
    pub(crate) choice: &'a Choice,
    /// Only those that were asked for.
    pub(crate) fields: Map<String, Value>,
}

/// What the resume URL was called with.
#[derive(Deserialize)]
struct Sent {
    choice: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

impl<'a> Answer<'a> {
    /// # Errors
    ///
    /// In words, if that is no answer to what was asked.
    pub(crate) fn read(params: &'a Params, sent: Option<&Item>) -> Result<Self, String> {
        let sent = sent.ok_or("nothing was sent")?;
        let mut sent: Sent = serde_json::from_str(sent.text()).map_err(|error| error.to_string())?;
        let choice = params
            .choice(&sent.choice)
            .ok_or_else(|| format!("there is no choice `{}`", shortened(&sent.choice)))?;
        let mut fields = Map::new();
        for field in &params.fields {
            let value = sent.fields.remove(&field.name).filter(|value| !is_blank(value));
            match value {
                Some(value) => {
                    fields.insert(field.name.clone(), value);
                }
                None if field.required => return Err(format!("the field `{}` is missing", field.name)),
                None => {}
            }
        }
        Ok(Self { choice, fields })
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// It came from outside.
fn shortened(text: &str) -> &str {
    text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end])
}
