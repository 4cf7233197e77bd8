use monshyflow_sdk::{NodeError, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// Items belong together if they agree in these fields.
    #[schemars(title = "Fields to match", length(min = 1), extend("x-widget" = "list"))]
    pub match_fields: Vec<MatchFields>,
    /// What leaves for two items that belong together and differ.
    #[schemars(title = "When they differ")]
    pub resolve: Resolve,
    /// The input that counts.
    #[schemars(title = "Prefer", extend("x-show-if" = { "resolve": ["mix"] }))]
    pub prefer: Side,
    /// Fields that come from the other input.
    #[schemars(title = "Except for", extend("x-widget" = "paths", "x-show-if" = { "resolve": ["mix"] }))]
    pub except: Vec<String>,
    /// Fields that may differ.
    #[schemars(title = "Skip fields", extend("x-widget" = "paths", "x-group" = "options"))]
    pub skip: Vec<String>,
    /// `"3"` and 3 are the same, and so are missing, null, and what is empty.
    #[schemars(title = "Fuzzy compare", extend("x-group" = "options"))]
    pub fuzzy: bool,
    /// What happens if an item of A belongs to several of B.
    #[schemars(title = "Multiple matches", extend("x-group" = "options"))]
    pub multiple_matches: MultipleMatches,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatchFields {
    /// Name or path, such as `customer.id`.
    #[schemars(title = "Field in A", length(min = 1), extend("x-widget" = "path"))]
    pub a: String,
    /// Empty: as in A.
    #[serde(default)]
    #[schemars(title = "Field in B", extend("x-widget" = "path"))]
    pub b: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Resolve {
    /// The item of A.
    #[default]
    A,
    /// The item of B.
    B,
    /// The item of one input with some fields of the other.
    Mix,
    /// What is the same, and both values of what differs.
    Both,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    #[default]
    A,
    B,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MultipleMatches {
    /// It is compared with the first.
    #[default]
    First,
    /// It is compared with each.
    All,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            match_fields: Vec::new(),
            resolve: Resolve::default(),
            prefer: Side::default(),
            except: Vec::new(),
            skip: Vec::new(),
            fuzzy: false,
            multiple_matches: MultipleMatches::default(),
            dot_notation: true,
        }
    }
}

/// The parameters' paths.
pub(crate) struct Plan {
    pub(crate) keys_a: Vec<Path>,
    pub(crate) keys_b: Vec<Path>,
    pub(crate) skip: Vec<Path>,
    pub(crate) except: Vec<Path>,
}

impl Params {
    pub(crate) fn plan(&self) -> Result<Plan, NodeError> {
        if self.match_fields.is_empty() {
            let problem = "no field to match by; name at least one";
            return Err(NodeError::invalid_param("/matchFields", problem));
        }
        let path = |name: &str, place: String| {
            Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
        };
        let paths = |names: &[String], parameter: &str| -> Result<Vec<Path>, NodeError> {
            let names = names.iter().enumerate();
            names
                .map(|(position, name)| path(name, format!("/{parameter}/{position}")))
                .collect()
        };
        let mut plan = Plan {
            keys_a: Vec::new(),
            keys_b: Vec::new(),
            skip: paths(&self.skip, "skip")?,
            except: paths(&self.except, "except")?,
        };
        for (position, fields) in self.match_fields.iter().enumerate() {
            plan.keys_a
                .push(path(&fields.a, format!("/matchFields/{position}/a"))?);
            let b = if fields.b.is_empty() { &fields.a } else { &fields.b };
            plan.keys_b.push(path(b, format!("/matchFields/{position}/b"))?);
        }
        Ok(plan)
    }
}
