use monshyflow_sdk::{Item, NodeError, Path};

use crate::encoding;
use crate::params::{Params, Source};

/// JSON takes several times as much memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn xml(params: &Params, item: &Item) -> Result<String, NodeError> {
    if params.source == Source::Attachment {
        let attachment = item.require_attachment(&params.attachment);
        let attachment = attachment.map_err(|error| error.at("/attachment"))?;
        return encoding::decode(attachment.read(MAX_BYTES)?);
    }
    let default = Path::field("data");
    let field = params.field.as_ref().unwrap_or(&default);
    let xml = item.require_text(field).map_err(|error| error.at("/field"))?;
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
