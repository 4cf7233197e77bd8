use monshyflow_sdk::{Batched, Batching};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// The feed's address. Starts with `https://` or `http://`.
    #[schemars(title = "URL", length(min = 1), extend("x-placeholder" = "https://example.com/feed.xml"))]
    pub url: String,
    /// The first entries only. 0: all.
    #[serde(default)]
    #[schemars(title = "Entries at most")]
    pub max_entries: u32,
    /// Names of further elements of an entry that become fields, such as `itunes:duration`.
    #[serde(default)]
    #[schemars(title = "Custom fields", extend("x-widget" = "list", "x-group" = "options", "x-placeholder" = "itunes:duration"))]
    pub custom_fields: Vec<String>,
    /// Milliseconds to wait for the connection, for the response to start, and between its pieces.
    #[serde(default = "default_timeout")]
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 3_600_000), extend("x-group" = "options"))]
    pub timeout_ms: u32,
    /// The most bytes of one feed; more is an error.
    #[serde(default = "default_max_bytes")]
    #[schemars(title = "Size limit (bytes)", range(min = 1, max = 16_777_216), extend("x-group" = "options"))]
    pub max_bytes: u32,
}

impl Batched for Params {
    fn batching(&self) -> Batching {
        Batching { size: 5, pause_ms: 0 }
    }
}

fn default_timeout() -> u32 {
    30_000
}

fn default_max_bytes() -> u32 {
    8 * 1024 * 1024
}
