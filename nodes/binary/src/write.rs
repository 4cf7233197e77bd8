use std::io::Write;

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use monshyflow_sdk::{Item, NewItem, NodeError, Object, blobs};

use crate::field;
use crate::indent::indented;
use crate::params::{Format, Params};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Bytes, and their media type if the data says one.
type Content = (Vec<u8>, Option<String>);

pub(crate) fn write(params: &Params, item: &Item) -> Result<NewItem, NodeError> {
    check_names(params)?;
    let (bytes, found_type) = content(params, item)?;
    let by_format = match params.format {
        Format::Text => "text/plain",
        Format::Json => "application/json",
        Format::Base64 => "application/octet-stream",
    };
    let media_type = match params.media_type.as_str() {
        "" => found_type.as_deref().unwrap_or(by_format),
        named => named,
    };
    let mut writer = blobs::create()?;
    writer.write_all(&bytes)?;
    let file_name = Some(params.file_name.clone()).filter(|name| !name.is_empty());
    let attachment = writer.finish(&params.attachment, media_type, file_name)?;
    let json = if params.keep_fields {
        item.text().to_owned()
    } else {
        "{}".to_owned()
    };
    Ok(item.replaced(json).with(attachment))
}

fn content(params: &Params, item: &Item) -> Result<Content, NodeError> {
    let json = if params.field.is_empty() && params.format == Format::Json {
        item.text().to_owned()
    } else {
        value(params, &item.object()?)?
    };
    let string: Option<String> = serde_json::from_str(&json).ok();
    match params.format {
        Format::Base64 => decoded(&string.ok_or_else(|| not_base64("it is no text"))?),
        Format::Text => Ok((encoded(params, &string.unwrap_or(json))?, None)),
        Format::Json if params.indent => Ok((encoded(params, &indented(&json))?, None)),
        Format::Json => Ok((encoded(params, &json)?, None)),
    }
}

/// JSON text of the field.
fn value(params: &Params, object: &Object<'_>) -> Result<String, NodeError> {
    let path = field(params)?;
    let json = object.get(&path);
    let is_value = |json: &str| params.format == Format::Json || json != "null";
    json.as_deref()
        .filter(|json| is_value(json))
        .map(str::to_owned)
        .ok_or_else(|| {
            let message = format!("the item has no field `{path}`, or it is null; check its name");
            NodeError::invalid("missing-field", message).at("/field")
        })
}

fn encoded(params: &Params, text: &str) -> Result<Vec<u8>, NodeError> {
    params.encoding.encode(text, params.add_bom).map_err(|problem| {
        NodeError::invalid(
            "invalid-text",
            format!("{problem}; choose another, such as `utf-8`"),
        )
        .at("/encoding")
    })
}

/// Base64, in either alphabet, or a data URL (RFC 2397) of it.
fn decoded(text: &str) -> Result<Content, NodeError> {
    let (media_type, data) = match text.trim_start().strip_prefix("data:") {
        Some(url) => {
            let (kind, data) = url
                .split_once(";base64,")
                .ok_or_else(|| not_base64("the data URL is not base64"))?;
            (Some(kind.to_owned()).filter(|kind| is_media_type(kind)), data)
        }
        None => (None, text),
    };
    let dense: String = data.split_whitespace().collect();
    let engine = if dense.contains(['-', '_']) {
        BASE64_URL
    } else {
        BASE64
    };
    let bytes = engine
        .decode(dense)
        .map_err(|error| not_base64(&error.to_string()))?;
    Ok((bytes, media_type))
}

fn not_base64(problem: &str) -> NodeError {
    NodeError::invalid(
        "invalid-base64",
        format!("the field does not hold base64: {problem}"),
    )
    .at("/field")
}

fn check_names(params: &Params) -> Result<(), NodeError> {
    if params.attachment.is_empty() {
        return Err(NodeError::invalid_param(
            "/attachment",
            "the attachment needs a name",
        ));
    }
    if params.file_name.contains(['/', '\\']) || params.file_name.contains(char::is_control) {
        return Err(NodeError::invalid_param(
            "/fileName",
            "a file name holds no folders and no control characters",
        ));
    }
    if !params.media_type.is_empty() && !is_media_type(&params.media_type) {
        return Err(NodeError::invalid_param(
            "/mediaType",
            "this is no media type; write it like `text/plain`",
        ));
    }
    Ok(())
}

/// Type and subtype (RFC 6838), and whatever parameters in visible ASCII.
fn is_media_type(text: &str) -> bool {
    let name = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed)
    };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let visible = parameters.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    visible
        && essence
            .trim_end()
            .split_once('/')
            .is_some_and(|(kind, subtype)| name(kind) && name(subtype))
}
