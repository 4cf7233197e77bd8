use monshyflow_sdk::{Item, NodeError};
use serde_json::Value;

use crate::Params;
use crate::params::{Encoding, Source};

/// A parsed document takes several times as much memory.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// The HTML texts of an item: one, or several if its field is a list.
pub(crate) fn documents(params: &Params, item: &Item) -> Result<Vec<String>, NodeError> {
    let texts = match params.source {
        Source::Field => from_field(params, item)?,
        Source::Attachment => vec![from_attachment(params, item)?],
    };
    if let Some(large) = texts.iter().find(|text| text.len() > MAX_BYTES) {
        let message = format!("the HTML has {} bytes, {MAX_BYTES} are allowed", large.len());
        return Err(NodeError::invalid("html-too-large", message));
    }
    Ok(texts)
}

fn from_field(params: &Params, item: &Item) -> Result<Vec<String>, NodeError> {
    let field = &params.field;
    let object = item.object()?;
    let found = object.get(field).ok_or_else(|| {
        let message = format!(
            "the item has no field `{field}`; name the field that holds the HTML, or use an attachment"
        );
        NodeError::invalid("missing-field", message).at("/field")
    })?;
    let value: Value = serde_json::from_str(&found).unwrap_or_default();
    let texts = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list
            .into_iter()
            .map(|element| match element {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    texts.ok_or_else(|| {
        let message = format!("the field `{field}` is neither text nor a list of texts");
        NodeError::invalid("invalid-item", message).at("/field")
    })
}

fn from_attachment(params: &Params, item: &Item) -> Result<String, NodeError> {
    let attachment = item.require_attachment(&params.attachment);
    let bytes = attachment
        .map_err(|error| error.at("/attachment"))?
        .read(MAX_BYTES)?;
    match params.encoding {
        Encoding::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        Encoding::Utf8 => String::from_utf8(bytes)
            .map(|text| text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
            .map_err(|error| {
                let message = format!(
                    "the attachment `{}` is not UTF-8 from byte {} on; choose another encoding",
                    params.attachment,
                    error.utf8_error().valid_up_to()
                );
                NodeError::invalid("invalid-encoding", message).at("/encoding")
            }),
    }
}
