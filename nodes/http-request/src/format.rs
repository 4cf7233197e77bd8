use monshyflow_sdk::RawJson;
use monshyflow_sdk::http::Response;
use monshyflow_sdk::{Attachment, NodeError};

use crate::Params;
use crate::params::Format;

/// A response's body, read.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing came.
    Empty,
    Json(RawJson),
    Text(String),
    Binary(Attachment),
}

/// # Errors
///
/// If the body is larger than allowed, breaks off, or is not what the parameters say.
pub(crate) fn read(params: &Params, response: &mut Response) -> Result<Content, NodeError> {
    let limit = params.response.max_bytes as usize;
    let media_type = response.media_type();
    let format = match params.response.format {
        Format::Auto => media_type.as_deref().and_then(announced),
        format => Some(format),
    };
    match format {
        Some(Format::Binary) => Ok(Content::Binary(
            response.to_attachment(&params.response.attachment, limit)?,
        )),
        Some(Format::Text) => Ok(response.text(limit).map(Content::Text)?),
        Some(Format::Json) => {
            let text = response.text(limit)?;
            json(&text).map_err(|error| not_json(params, response, &error, &text))
        }
        // Nobody said what it is.
        Some(Format::Auto) | None => Ok(guess(response.text(limit)?)),
    }
}

/// What a media type promises; none if it says nothing.
fn announced(media_type: &str) -> Option<Format> {
    let (kind, subtype) = media_type.split_once('/')?;
    match (kind, subtype) {
        (_, "json") => Some(Format::Json),
        (_, subtype) if subtype.ends_with("+json") => Some(Format::Json),
        ("text", _) => Some(Format::Text),
        ("application", "xml" | "javascript" | "x-www-form-urlencoded" | "x-ndjson" | "yaml" | "graphql") => {
            Some(Format::Text)
        }
        ("application", subtype) if subtype.ends_with("+xml") => Some(Format::Text),
        _ => Some(Format::Binary),
    }
}

fn json(text: &str) -> Result<Content, serde_json::Error> {
    if text.trim().is_empty() {
        return Ok(Content::Empty);
    }
    serde_json::from_str(text).map(Content::Json)
}

fn guess(text: String) -> Content {
    match json(&text) {
        Ok(content) => content,
        Err(_) => Content::Text(text),
    }
}

fn not_json(params: &Params, response: &Response, error: &serde_json::Error, text: &str) -> NodeError {
    let start: String = text.chars().take(100).collect();
    let advice = match params.response.format {
        Format::Auto => {
            "; the response's media type says JSON, so choose the format `text` to take it as it is"
        }
        _ => "; choose another format",
    };
    NodeError::permanent(
        "http-body",
        format!(
            "the response of {} is not JSON: {error}: {start}{advice}",
            response.url()
        ),
    )
    .at("/response/format")
}

impl Content {
    /// The body where it is told together with status and headers.
    pub(crate) fn json_text(&self) -> String {
        match self {
            Self::Json(json) => json.text().to_owned(),
            Self::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Self::Empty | Self::Binary(_) => "null".to_owned(),
        }
    }
}
