use monshyflow_sdk::{NodeError, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Which fields must agree for items to count as the same.
    #[schemars(title = "Compare")]
    pub compare: Compare,
    /// The fields to compare, or to leave out.
    #[schemars(title = "Fields", extend("x-widget" = "paths", "x-show-if" = { "compare": ["selected", "except"] }))]
    pub fields: Vec<String>,
    /// Which of the items passes that are the same.
    #[schemars(title = "Keep", extend("x-group" = "options"))]
    pub keep: Keep,
    /// Items that pass have only the fields that were compared.
    #[schemars(title = "Remove other fields", extend("x-group" = "options", "x-show-if" = { "compare": ["selected"] }))]
    pub remove_other_fields: bool,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Compare {
    /// All fields.
    #[default]
    All,
    /// All fields but those that are named.
    Except,
    /// The fields that are named.
    Selected,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    #[default]
    First,
    Last,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            compare: Compare::default(),
            fields: Vec::new(),
            keep: Keep::default(),
            remove_other_fields: false,
            dot_notation: true,
        }
    }
}

impl Params {
    pub(crate) fn paths(&self) -> Result<Vec<Path>, NodeError> {
        if self.compare == Compare::All {
            return Ok(Vec::new());
        }
        if self.fields.is_empty() {
            let problem = "no field is named; name at least one, or compare all";
            return Err(NodeError::invalid_param("/fields", problem));
        }
        let fields = self.fields.iter().enumerate();
        let paths = fields.map(|(position, name)| {
            Path::new(name, self.dot_notation).map_err(|error| {
                let place = format!("/fields/{position}");
                NodeError::invalid_param(place, error)
            })
        });
        paths.collect()
    }
}
