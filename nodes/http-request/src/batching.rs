use monshyflow_sdk::Batched;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Params;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Batching {
    /// How many items' requests are on their way at once.
    #[schemars(title = "Items per batch", range(min = 1, max = 50))]
    pub size: usize,
    /// Milliseconds between batches.
    #[schemars(title = "Pause (ms)", range(max = 3_600_000))]
    pub interval_ms: u32,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            size: 10,
            interval_ms: 0,
        }
    }
}

impl Batched for Params {
    fn batching(&self) -> monshyflow_sdk::Batching {
        monshyflow_sdk::Batching {
            size: self.batching.size.clamp(1, 50),
            pause_ms: self.batching.interval_ms,
        }
    }
}
