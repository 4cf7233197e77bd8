//! Compresses attachments and unpacks archives.

mod compress;
mod decompress;
mod fault;
mod media_type;
mod params;
mod unzip;

use monshyflow_sdk::{Attachment, Context, Item, NewItem, NodeError, Path, each};
use serde_json::Value;

use params::Operation;
pub use params::Params;

/// As many as the host allows one item.
const MAX_ATTACHMENTS: usize = 64;

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    params.check()?;
    let chosen = chosen(params, &item)?;
    let (made, files) = match params.operation {
        Operation::Compress => (compress::compress(params, &chosen)?, None),
        Operation::Decompress => {
            let unpacked = decompress::decompress(params, &chosen)?;
            (unpacked.attachments, Some(unpacked.files))
        }
    };
    let text = match files.filter(|_| !params.list_field.is_empty()) {
        Some(files) => with_list(params, &item, files)?,
        None => item.text().to_owned(),
    };
    let others = item.attachments().iter();
    let kept = others.filter(|other| params.keep_attachments || !chosen.contains(other));
    let kept: Vec<&Attachment> = kept
        .filter(|other| made.iter().all(|made| made.name != other.name))
        .collect();
    if kept.len() + made.len() > MAX_ATTACHMENTS {
        let message = format!(
            "the item would have more than {MAX_ATTACHMENTS} attachments; unpack fewer files, or keep fewer"
        );
        return Err(NodeError::permanent("too-many-files", message));
    }
    let result = NewItem::text(text).from(item.reference());
    Ok(kept.into_iter().cloned().chain(made).fold(result, NewItem::with))
}

/// The attachments to work on.
fn chosen<'a>(params: &Params, item: &'a Item) -> Result<Vec<&'a Attachment>, NodeError> {
    if params.attachments.is_empty() {
        let all: Vec<_> = item.attachments().iter().collect();
        if all.is_empty() {
            let message = "the item has no attachments";
            return Err(NodeError::invalid("missing-attachment", message).at("/attachments"));
        }
        return Ok(all);
    }
    let mut chosen = Vec::new();
    for (position, name) in params.attachments.iter().enumerate() {
        let attachment = item.require_attachment(name);
        let attachment = attachment.map_err(|error| error.at(format!("/attachments/{position}")))?;
        if !chosen.contains(&attachment) {
            chosen.push(attachment);
        }
    }
    Ok(chosen)
}

fn with_list(params: &Params, item: &Item, files: Vec<Value>) -> Result<String, NodeError> {
    let invalid = |error: String| NodeError::invalid_param("/listField", error);
    let path = Path::parse(&params.list_field).map_err(|error| invalid(error.to_string()))?;
    let mut object = item.object()?;
    object
        .set(&path, Value::Array(files).to_string())
        .map_err(|error| invalid(error.to_string()))?;
    Ok(object.to_text())
}

each!(run);

#[cfg(test)]
mod round_trip;
