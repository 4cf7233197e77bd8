use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Any JSON in a parameter, kept as text: large numbers stay as they were.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// # Errors
    ///
    /// If the JSON does not have the shape of `T`.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text())
    }

    pub fn value(&self) -> Value {
        self.to().unwrap_or_default()
    }

    pub fn is_null(&self) -> bool {
        self.text() == "null"
    }

    /// The characters, if it is a JSON string.
    pub fn as_string(&self) -> Option<String> {
        self.text().starts_with('"').then(|| self.to().ok()).flatten()
    }
}

impl Default for RawJson {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl schemars::JsonSchema for RawJson {
    fn schema_name() -> Cow<'static, str> {
        "Json".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({})
    }
}
