use monshyflow_sdk::{NodeError, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What decides about the order.
    #[schemars(title = "Sort by")]
    pub mode: Mode,
    /// The first field decides; where items agree in it, the second does, and so on.
    #[schemars(title = "Fields", extend("x-widget" = "list", "x-show-if" = { "mode": ["fields"] }))]
    pub fields: Vec<Field>,
    /// Where items stand that lack the field, or in which it is null.
    #[schemars(title = "Missing values", extend("x-group" = "options", "x-show-if" = { "mode": ["fields"] }))]
    pub nulls: Nulls,
    /// Capital and small letters differ.
    #[schemars(title = "Case sensitive", extend("x-group" = "options", "x-show-if" = { "mode": ["fields"] }))]
    pub case_sensitive: bool,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options", "x-show-if" = { "mode": ["fields"] }))]
    pub dot_notation: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Values of fields.
    #[default]
    Fields,
    /// Chance. A run that is replayed gives the same order again.
    Random,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name or path, such as `customer.name`.
    #[schemars(title = "Field", length(min = 1), extend("x-widget" = "path"))]
    pub field: String,
    #[serde(default)]
    #[schemars(title = "Direction")]
    pub direction: Direction,
    /// What the values are compared as.
    #[serde(default, rename = "type")]
    #[schemars(title = "Compare as")]
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Small before large, A before Z.
    #[default]
    Ascending,
    /// Large before small, Z before A.
    Descending,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// What they are. Among different types: booleans, numbers, texts, lists, objects.
    #[default]
    Auto,
    /// Numbers, also where they stand in texts.
    Number,
    /// Texts, letter by letter.
    Text,
    /// Texts in which groups of digits count as numbers: `file 9` before `file 10`.
    Natural,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Nulls {
    /// Behind all others, in both directions.
    #[default]
    Last,
    /// Before all others, in both directions.
    First,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            fields: Vec::new(),
            nulls: Nulls::default(),
            case_sensitive: false,
            dot_notation: true,
        }
    }
}

impl Params {
    pub(crate) fn paths(&self) -> Result<Vec<Path>, NodeError> {
        if self.fields.is_empty() {
            let problem = "no field to sort by; name at least one";
            return Err(NodeError::invalid_param("/fields", problem));
        }
        let fields = self.fields.iter().enumerate();
        let paths = fields.map(|(position, field)| {
            Path::new(&field.field, self.dot_notation).map_err(|error| {
                let place = format!("/fields/{position}/field");
                NodeError::invalid_param(place, error)
            })
        });
        paths.collect()
    }
}
