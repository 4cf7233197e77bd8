use monshyflow_sdk::{Attachment, Item, NodeError, Path};

use crate::encoding;
use crate::params::{Params, Source};

/// JSON takes several times as much memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn xml(params: &Params, item: &Item) -> Result<String, NodeError> {
    if params.source == Source::Attachment {
        return encoding::decode(attachment(item, &params.attachment)?.read(MAX_BYTES)?);
    }
    let default = Path::field("data");
    let field = params.field.as_ref().unwrap_or(&default);
    let object = item.object()?;
    let json = object.get(field).ok_or_else(|| {
        let message = format!(
            "the item has no field `{field}`; name the field that holds the XML, or use an attachment"
        );
        NodeError::invalid("missing-field", message).at("/field")
    })?;
    let xml: String = serde_json::from_str(&json).map_err(|_| {
        let message = format!("the field `{field}` is no text");
        NodeError::invalid("invalid-item", message).at("/field")
    })?;
    if xml.len() > MAX_BYTES {
        let message = format!("the XML has {} bytes, {MAX_BYTES} are allowed", xml.len());
        return Err(NodeError::invalid("xml-too-large", message).at("/field"));
    }
    Ok(xml)
}

/// JSON text of what is to be written.
pub(crate) fn json(params: &Params, item: &Item) -> Result<String, NodeError> {
    let Some(field) = &params.field else {
        return Ok(item.text().to_owned());
    };
    let object = item.object()?;
    object.get(field).map(|json| json.into_owned()).ok_or_else(|| {
        let message = format!(
            "the item has no field `{field}`; correct the name, or leave it empty for the whole item"
        );
        NodeError::invalid("missing-field", message).at("/field")
    })
}

fn attachment<'a>(item: &'a Item, name: &str) -> Result<&'a Attachment, NodeError> {
    item.attachment(name).ok_or_else(|| {
        let attachments = item.attachments().iter();
        let names: Vec<_> = attachments.map(|attachment| attachment.name.as_str()).collect();
        let found = match names.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", names.join(", ")),
        };
        let message = format!("the item has no attachment `{name}`; {found}");
        NodeError::invalid("attachment-missing", message).at("/attachment")
    })
}
