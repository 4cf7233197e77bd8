use monshyflow_sdk::{NodeError, RawJson, kv};
use schemars::JsonSchema;
use serde::Deserialize;

/// The most values that are remembered: each bucket of them must fit into one stored value.
const MAX_HISTORY: u32 = 200_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Which items pass.
    #[schemars(title = "Items pass if their value is")]
    pub operation: Operation,
    /// What tells the item from others, such as `{{ $json.id }}`. Several fields make a list: `{{ [$json.shop, $json.id] }}`.
    #[schemars(title = "Value", extend("x-placeholder" = "{{ $json.id }}", "x-show-if" = { "operation": ["new", "higher", "later"] }))]
    pub value: RawJson,
    /// Who remembers.
    #[schemars(title = "Scope", extend("x-group" = "options"))]
    pub scope: Scope,
    /// How many values are remembered at least. The oldest are forgotten first.
    #[schemars(title = "History size", range(min = 1, max = MAX_HISTORY), extend("x-group" = "options", "x-show-if" = { "operation": ["new"] }))]
    pub history_size: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Not seen before.
    #[default]
    New,
    /// A number above all before.
    Higher,
    /// A date after all before.
    Later,
    /// All items pass, and everything is forgotten.
    Clear,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// This node alone.
    #[default]
    Node,
    /// All nodes of this type in the workflow together.
    Workflow,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            value: RawJson::default(),
            scope: Scope::default(),
            history_size: 10_000,
        }
    }
}

impl Params {
    /// # Errors
    ///
    /// `missing-value`
    pub(crate) fn value(&self) -> Result<&RawJson, NodeError> {
        if self.value.is_null() {
            let message = "parameter /value: the item has no such value; give what tells it from others, such as `{{ $json.id }}`";
            return Err(NodeError::invalid("missing-value", message).at("/value"));
        }
        Ok(&self.value)
    }

    /// # Errors
    ///
    /// `invalid-params`
    pub(crate) fn history_size(&self) -> Result<u32, NodeError> {
        if (1..=MAX_HISTORY).contains(&self.history_size) {
            return Ok(self.history_size);
        }
        let problem = format!("{} is not between 1 and {MAX_HISTORY}", self.history_size);
        Err(NodeError::invalid_param("/historySize", problem))
    }
}

impl From<Scope> for kv::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Node => Self::Node,
            Scope::Workflow => Self::Workflow,
        }
    }
}
