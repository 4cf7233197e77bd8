//! Says hello to every item.

use monshyflow_sdk::{Context, Item, NewItem, NodeError, each};
use schemars::JsonSchema;
use serde::Deserialize;

/// What people fill in. Doc comments become the form's help.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// Whom to greet.
    #[schemars(title = "Name", extend("x-placeholder" = "Ada"))]
    pub name: String,
    /// The field that gets the greeting.
    #[serde(default = "greeting")]
    #[schemars(title = "Field", length(min = 1))]
    pub field: String,
}

fn greeting() -> String {
    "greeting".to_owned()
}

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    let mut object = item.object()?;
    object.set_value(&params.field, &format!("Hello {}", params.name))?;
    Ok(item.replaced(object.to_text()))
}

each!(run);
