use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use monshyflow_sdk::{Attachment, Item, NewItem, NodeError, Object};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::field;
use crate::params::{Format, Params};

/// The largest attachment that becomes a field.
const MAX_BYTES: usize = 32 * 1024 * 1024;

pub(crate) fn read(params: &Params, item: &Item) -> Result<NewItem, NodeError> {
    let attachment = item.require_attachment(&params.attachment);
    let attachment = attachment.map_err(|error| error.at("/attachment"))?;
    let json = content(params, attachment)?;
    let text = placed(params, item, &json)?;
    let read = NewItem::text(text).from(item.reference());
    let kept = item
        .attachments()
        .iter()
        .filter(|other| params.keep_attachment || other.name != attachment.name);
    Ok(kept.cloned().fold(read, NewItem::with))
}

/// What the attachment holds, as JSON text.
fn content(params: &Params, attachment: &Attachment) -> Result<String, NodeError> {
    let bytes = attachment.read(MAX_BYTES)?;
    if params.format == Format::Base64 {
        return Ok(Value::from(BASE64_STANDARD.encode(bytes)).to_string());
    }
    let text = params
        .encoding
        .decode(bytes, params.replace_invalid)
        .map_err(|problem| {
            let message = format!(
                "attachment `{}`: {problem}; choose another encoding, or let invalid bytes be replaced",
                attachment.name
            );
            NodeError::invalid("invalid-text", message).at("/encoding")
        })?;
    if params.format == Format::Text {
        return Ok(Value::from(text).to_string());
    }
    let json: Result<&RawValue, _> = serde_json::from_str(&text);
    let json = json.map_err(|error| {
        let message = format!("attachment `{}` is not JSON: {error}", attachment.name);
        NodeError::invalid("invalid-json", message)
    })?;
    Ok(json.get().to_owned())
}

/// The item's JSON with `json` in its field.
fn placed(params: &Params, item: &Item, json: &str) -> Result<String, NodeError> {
    if params.field.is_empty() && params.format == Format::Json {
        let Ok(read) = Object::parse(json) else {
            // A list or a single value takes the place of the item, unless there are fields to keep.
            if !params.keep_fields {
                return Ok(json.to_owned());
            }
            let message = "the attachment holds no JSON object whose fields could join the item's; name a field for it, or do not keep the fields";
            return Err(NodeError::invalid("not-an-object", message).at("/field"));
        };
        if !params.keep_fields {
            return Ok(json.to_owned());
        }
        let mut object = item.object()?;
        for (name, value) in read.fields() {
            object.set_field(name, value.into_owned());
        }
        return Ok(object.to_text());
    }
    let path = field(params)?;
    let mut object = if params.keep_fields {
        item.object()?
    } else {
        Object::default()
    };
    object
        .set(&path, json)
        .map_err(|error| NodeError::invalid_param("/field", error))?;
    Ok(object.to_text())
}
