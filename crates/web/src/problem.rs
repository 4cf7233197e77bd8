use std::borrow::Cow;
use std::error::Error;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Code;

/// The one way in which an error leaves by HTTP (RFC 9457).
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: Cow<'static, str>,
    title: Cow<'static, str>,
    detail: String,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

/// Why the server failed, for its log only; travels to `frame` beside the response, never inside.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) String);

/// Every error has this shape, as `application/problem+json`. Some codes add members, which their pages describe.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(rename = "type", example = "/api/errors/not-found")]
    pub type_uri: String,
    /// The same for every occurrence of the code.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// This occurrence: what is wrong, where, and what to do.
    pub detail: String,
    /// Stable; what programs compare.
    pub code: String,
    #[serde(flatten)]
    #[schema(ignore)]
    pub extensions: Map<String, Value>,
}

impl Problem {
    pub fn new(code: &Code, detail: impl Into<String>) -> Self {
        Self::with_code(code.status, code.name, code.title, detail)
    }

    /// For codes that other crates own and name.
    pub fn with_code(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            status,
            code: code.into(),
            title: title.into(),
            detail: detail.into(),
            extensions: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// A fault of the server: the client learns nothing of `error`, the log gets its whole chain once.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        let mut problem = Self::new(
            &crate::code::INTERNAL,
            "the server could not finish this request; try again, and tell the operator the x-request-id of this answer if it stays",
        );
        problem.0.cause = Some(Cause(chain(error)));
        problem
    }

    /// Adds a member beside the standard ones, such as `problems`. What cannot be JSON is left out.
    #[must_use]
    pub fn extend(mut self, name: &str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.extensions.insert(name.to_owned(), value);
        }
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub fn code(&self) -> &str {
        &self.0.code
    }

    pub fn title(&self) -> &str {
        &self.0.title
    }

    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner {
            status,
            code,
            title,
            detail,
            extensions,
            headers,
            cause,
        } = *self.0;
        let document = ProblemDocument {
            type_uri: format!("/api/errors/{code}"),
            title: title.into_owned(),
            status: status.as_u16(),
            detail,
            code: code.into_owned(),
            extensions,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let media_type = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, media_type)], body).into_response();
        response.headers_mut().extend(headers);
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
