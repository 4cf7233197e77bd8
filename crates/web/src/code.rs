//! The errors that any operation can answer. Each has a page `docs/errors/<name>.md`.

use axum::http::StatusCode;

/// A kind of error that clients can tell apart. The name is a promise: it never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub status: StatusCode,
    /// The same for every occurrence (RFC 9457, 3.1.3).
    pub title: &'static str,
}

impl Code {
    pub const fn new(name: &'static str, status: StatusCode, title: &'static str) -> Self {
        Self { name, status, title }
    }
}

macro_rules! codes {
    ($($constant:ident = $status:ident, $name:literal, $title:literal;)+) => {
        $(pub const $constant: Code = Code::new($name, StatusCode::$status, $title);)+

        /// All of this module.
        pub const ALL: &[Code] = &[$($constant),+];
    };
}

codes! {
    NOT_FOUND = NOT_FOUND, "not-found", "Not found";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed";
    UNAUTHENTICATED = UNAUTHORIZED, "unauthenticated", "A valid API key is needed";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large";
    BODY_TIMEOUT = REQUEST_TIMEOUT, "body-timeout", "The body did not arrive in time";
    BODY_INCOMPLETE = BAD_REQUEST, "body-incomplete", "The body ended early";
    INVALID_UTF8 = BAD_REQUEST, "invalid-utf8", "The body is not UTF-8";
    MALFORMED_JSON = BAD_REQUEST, "malformed-json", "The body is not JSON";
    INVALID_BODY = UNPROCESSABLE_ENTITY, "invalid-body", "The body has the wrong shape";
    INVALID_PATH = BAD_REQUEST, "invalid-path", "The path is malformed";
    INVALID_QUERY = BAD_REQUEST, "invalid-query", "The query is malformed";
    INVALID_IF_MATCH = BAD_REQUEST, "invalid-if-match", "If-Match is malformed";
    INVALID_IDEMPOTENCY_KEY = BAD_REQUEST, "invalid-idempotency-key", "Idempotency-Key is malformed";
    PRECONDITION_REQUIRED = PRECONDITION_REQUIRED, "precondition-required", "If-Match is needed";
    PRECONDITION_FAILED = PRECONDITION_FAILED, "precondition-failed", "Somebody else changed it first";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "Something went wrong on the server";
    UNAVAILABLE = SERVICE_UNAVAILABLE, "unavailable", "The server cannot do this now";
}
