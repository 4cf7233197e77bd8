use monshyflow_sdk::{NodeError, Once, Path};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::pattern::Pattern;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Fields to give another name or place, in order. A field that is not there is passed over.
    #[schemars(title = "Keys", extend("x-widget" = "list"))]
    pub keys: Vec<Key>,
    /// Patterns that change names wherever they occur, after the keys.
    #[schemars(title = "Patterns", extend("x-widget" = "list"))]
    pub patterns: Vec<Replacement>,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
    #[serde(skip)]
    #[schemars(skip)]
    plan: Once<Plan>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// Name or path, such as `customer.mail`.
    #[schemars(title = "Current name", length(min = 1), extend("x-widget" = "path"))]
    pub from: String,
    /// Name or path, such as `customer.email`.
    #[schemars(title = "New name", length(min = 1), extend("x-widget" = "path"))]
    pub to: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replacement {
    /// Regular expression, such as `^old_(.*)$`.
    #[schemars(title = "Search", length(min = 1), extend("x-placeholder" = "^old_(.*)$"))]
    pub search: String,
    /// What stands in the place of each match; `$1` is the first group, `$<name>` a group of that name, `$&` the match, `$$` a dollar.
    #[serde(default)]
    #[schemars(title = "Replace by", extend("x-placeholder" = "new_$1"))]
    pub replace: String,
    /// Capital and small letters are the same.
    #[serde(default)]
    #[schemars(title = "Ignore case")]
    pub ignore_case: bool,
    /// How many levels deep names change: 0 for the item's own fields only, -1 for all.
    #[serde(default = "all_levels")]
    #[schemars(title = "Depth", range(min = -1))]
    pub depth: i32,
}

fn all_levels() -> i32 {
    -1
}

/// The parameters made ready once for all items.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) keys: Vec<(Path, Path)>,
    pub(crate) patterns: Vec<Pattern>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            patterns: Vec::new(),
            dot_notation: true,
            plan: Once::default(),
        }
    }
}

impl Params {
    pub(crate) fn plan(&self) -> Result<&Plan, NodeError> {
        self.plan.get_or_try(|| self.make_plan())
    }

    fn make_plan(&self) -> Result<Plan, NodeError> {
        let path = |name: &str, place: String| {
            Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
        };
        let keys = self.keys.iter().enumerate().map(|(position, key)| {
            let from = path(&key.from, format!("/keys/{position}/from"))?;
            Ok((from, path(&key.to, format!("/keys/{position}/to"))?))
        });
        let patterns = self.patterns.iter().enumerate().map(|(position, replacement)| {
            let place = format!("/patterns/{position}/search");
            Pattern::new(replacement).map_err(|error| NodeError::invalid_param(place, error))
        });
        Ok(Plan {
            keys: keys.collect::<Result<_, NodeError>>()?,
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }
}
