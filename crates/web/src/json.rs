use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use monshyflow_strict_json::{Pointer, in_words_of_json};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::body::read_json;
use crate::{Problem, code};

/// Bytes in a MiB.
pub const MIB: usize = 1024 * 1024;

/// A JSON body of at most `MAX` bytes, and a JSON answer. Bodies derive `deny_unknown_fields`.
#[derive(Debug)]
pub struct Json<T, const MAX: usize = MIB>(pub T);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Json<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = read_json(request, MAX).await?;
        if bytes.trim_ascii_start().first() == Some(&b'[')
            && serde_json::from_slice::<IgnoredAny>(&bytes).is_ok()
        {
            // Otherwise an array is taken for the fields of the body, in the order in which they stand in our source.
            let problem = Problem::new(&code::INVALID_BODY, "the body is an array; send an object");
            return Err(problem.extend("pointer", ""));
        }
        parse_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let media_type = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, media_type)], body).into_response()
            }
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// Parses a body, or says what is wrong at which line, column and JSON pointer (RFC 6901).
///
/// # Errors
///
/// 400 if it is not JSON, 422 if it is JSON of another shape.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Good bodies are parsed once, without keeping track of the path; only bad ones are parsed again for the message.
    serde_json::from_slice(bytes).or_else(|_| explain(bytes))
}

fn explain<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let (error, pointer) = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(error) => (error, String::new()),
        },
        Err(error) => {
            let pointer = crate::query::short(Pointer::from_serde(error.path()).as_str());
            (error.into_inner(), pointer)
        }
    };
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let text = text
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&text);
    let text = crate::query::short(&in_words_of_json(text));
    let problem = if error.is_data() {
        let place = if pointer.is_empty() {
            "the body".to_owned()
        } else {
            format!("`{pointer}`")
        };
        let detail = format!("{place} (line {line}, column {column}): {text}");
        Problem::new(&code::INVALID_BODY, detail).extend("pointer", pointer)
    } else {
        Problem::new(
            &code::MALFORMED_JSON,
            format!("line {line}, column {column}: {text}"),
        )
    };
    Err(problem.extend("line", line).extend("column", column))
}
