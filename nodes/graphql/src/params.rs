use monshyflow_sdk::{Batched, Batching, Path, RawJson};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// Starts with `https://` or `http://`.
    #[schemars(title = "Endpoint", length(min = 1), extend("x-placeholder" = "https://api.example.com/graphql"))]
    pub url: String,
    #[serde(default)]
    #[schemars(title = "Method")]
    pub method: Method,
    /// How a POST carries the query.
    #[serde(default)]
    #[schemars(title = "Request format", extend("x-show-if" = { "method": ["POST"] }))]
    pub request_format: RequestFormat,
    /// A document of queries or mutations.
    #[schemars(title = "Query", length(min = 1), extend("x-widget" = "code", "x-language" = "graphql", "x-placeholder" = "query ($id: ID!) { order(id: $id) { total } }"))]
    pub query: String,
    /// An object, or its JSON text.
    #[serde(default)]
    #[schemars(title = "Variables", extend("x-widget" = "code", "x-language" = "json", "x-placeholder" = "{ \"id\": 7 }"))]
    pub variables: RawJson,
    /// Which operation of the document is meant, if it has several.
    #[serde(default)]
    #[schemars(title = "Operation name")]
    pub operation_name: String,
    #[serde(default)]
    #[schemars(title = "Headers", extend("x-widget" = "pairs"))]
    pub headers: Vec<Header>,
    #[serde(default)]
    #[schemars(title = "Response format", extend("x-group" = "options"))]
    pub response_format: ResponseFormat,
    /// Name or path of the field that takes the response's text.
    #[serde(default = "data")]
    #[schemars(title = "Destination", extend("x-group" = "options", "x-show-if" = { "responseFormat": ["text"] }))]
    pub destination: Path,
    /// What happens if the response tells of errors.
    #[serde(default)]
    #[schemars(title = "GraphQL errors", extend("x-group" = "options"))]
    pub errors: Errors,
    /// Milliseconds to wait for the connection, for the response to start, and between its pieces.
    #[serde(default = "default_timeout")]
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 3_600_000), extend("x-group" = "options"))]
    pub timeout_ms: u32,
    /// The most bytes of one response; more is an error.
    #[serde(default = "default_max_bytes")]
    #[schemars(title = "Size limit (bytes)", range(min = 1, max = 67_108_864), extend("x-group" = "options"))]
    pub max_bytes: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Post,
    /// Query, variables and operation name stand in the URL. Not for mutations.
    Get,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RequestFormat {
    /// A JSON object with query, variables and operation name.
    #[default]
    Json,
    /// The query alone, as `application/graphql`; variables and operation name stand in the URL.
    Graphql,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    #[schemars(title = "Name", length(min = 1))]
    pub name: String,
    #[serde(default)]
    #[schemars(title = "Value")]
    pub value: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResponseFormat {
    /// The item is the response: `data`, and `errors` if there are some.
    #[default]
    Json,
    /// The response as it came, in one field.
    Text,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Errors {
    /// The item fails.
    #[default]
    Fail,
    /// The response leaves as it is.
    Keep,
}

impl Batched for Params {
    fn batching(&self) -> Batching {
        Batching {
            size: 10,
            pause_ms: 0,
        }
    }
}

fn data() -> Path {
    Path::field("data")
}

fn default_timeout() -> u32 {
    60_000
}

fn default_max_bytes() -> u32 {
    16 * 1024 * 1024
}
