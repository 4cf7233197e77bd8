use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::batching::Batching;
use crate::body::Body;
use crate::pagination::Pagination;
use crate::pairs::{Pairs, QueryLists};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    #[serde(default)]
    #[schemars(title = "Method")]
    pub method: Method,
    /// Starts with `https://` or `http://`.
    #[schemars(title = "URL", length(min = 1), extend("x-placeholder" = "https://api.example.com/orders"))]
    pub url: String,
    /// Parameters that are added to the URL: a list of names and values, or an object.
    #[serde(default)]
    #[schemars(title = "Query", extend("x-widget" = "pairs"))]
    pub query: Pairs,
    /// How a list stands in the query.
    #[serde(default)]
    #[schemars(title = "Lists in the query", extend("x-group" = "options"))]
    pub query_lists: QueryLists,
    /// A list of names and values, or an object.
    #[serde(default)]
    #[schemars(title = "Headers", extend("x-widget" = "pairs"))]
    pub headers: Pairs,
    #[serde(default)]
    #[schemars(title = "Body")]
    pub body: Body,
    /// Each element of a list in the response becomes an item of its own. Off: the list is one item.
    #[serde(default = "yes")]
    #[schemars(title = "Split lists into items")]
    pub split_lists: bool,
    /// Where the list of items lies in the response, such as `data.items`. Empty: it is the response.
    #[serde(default)]
    #[schemars(title = "Path of the list", extend("x-show-if" = { "splitLists": [true] }))]
    pub items_path: Option<Path>,
    #[serde(default)]
    #[schemars(title = "Response", extend("x-group" = "options"))]
    pub response: ResponseOptions,
    #[serde(default)]
    #[schemars(title = "Errors", extend("x-group" = "options"))]
    pub errors: Errors,
    #[serde(default)]
    #[schemars(title = "Redirects", extend("x-group" = "options"))]
    pub redirects: Redirects,
    /// Milliseconds to wait for the connection, for the response to start, and between its pieces.
    #[serde(default = "default_timeout")]
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 3_600_000), extend("x-group" = "options"))]
    pub timeout_ms: u32,
    #[serde(default)]
    #[schemars(title = "Pagination", extend("x-group" = "options"))]
    pub pagination: Pagination,
    #[serde(default)]
    #[schemars(title = "Batching", extend("x-group" = "options"))]
    pub batching: Batching,
    /// Name of a header that carries a key which stays the same when the step is tried again, such as `Idempotency-Key`.
    /// Empty: no such header.
    #[serde(default)]
    #[schemars(title = "Idempotency header", extend("x-group" = "options", "x-placeholder" = "Idempotency-Key"))]
    pub idempotency_header: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ResponseOptions {
    /// How to read the body.
    #[schemars(title = "Format")]
    pub format: Format,
    /// Name of the attachment that gets a binary body.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "format": ["auto", "binary"] }))]
    pub attachment: String,
    /// Name of the field that gets text, and JSON that is no object.
    #[schemars(title = "Field", length(min = 1), extend("x-show-if" = { "format": ["auto", "json", "text"] }))]
    pub field: String,
    /// The item also tells status and headers: `{ status, headers, body }`.
    #[schemars(title = "Status and headers")]
    pub full: bool,
    /// The most bytes of one body; more is an error.
    #[schemars(title = "Size limit (bytes)", range(min = 1, max = 1_073_741_824))]
    pub max_bytes: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// As the response says, or as it looks.
    #[default]
    Auto,
    Json,
    /// Text in a field.
    Text,
    /// An attachment.
    Binary,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Errors {
    /// Which statuses are errors.
    #[schemars(title = "Statuses that are errors")]
    pub mode: ErrorMode,
    /// Statuses that are no error: `404`, `4xx`, `500-503`.
    #[schemars(title = "Allowed statuses", extend("x-show-if" = { "mode": ["default", "onlyAllowed"] }))]
    pub allowed: Vec<crate::status::Statuses>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ErrorMode {
    /// 400 and above, but not those that are allowed.
    #[default]
    Default,
    /// None.
    Never,
    /// All but those that are allowed.
    OnlyAllowed,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Redirects {
    /// Off: the redirect itself is the response.
    #[schemars(title = "Follow redirects")]
    pub follow: bool,
    #[schemars(title = "At most", range(min = 1, max = 50), extend("x-show-if" = { "follow": [true] }))]
    pub max: u32,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }
}

impl Default for ResponseOptions {
    fn default() -> Self {
        Self {
            format: Format::default(),
            attachment: "data".to_owned(),
            field: "data".to_owned(),
            full: false,
            max_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Default for Redirects {
    fn default() -> Self {
        Self {
            follow: true,
            max: monshyflow_sdk::http::DEFAULT_REDIRECTS,
        }
    }
}

fn yes() -> bool {
    true
}

fn default_timeout() -> u32 {
    60_000
}
