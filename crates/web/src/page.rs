use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const DEFAULT: u16 = 50;
const MOST: u16 = 200;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Present when there is more: send it as `cursor`. Opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

/// How many items a page may have: 1 to 200, 50 if the client does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Limit(u16);

impl Limit {
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl TryFrom<u64> for Limit {
    type Error = String;

    fn try_from(limit: u64) -> Result<Self, String> {
        match u16::try_from(limit) {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(Self(limit)),
            _ => Err(format!("limit is 1 to {MOST}, not {limit}")),
        }
    }
}
