use std::cell::OnceCell;

use monshyflow_sdk::{NodeError, Path, Segment};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// The lists to split. Several are split side by side: the first elements go together, then the second.
    #[schemars(title = "Fields", length(min = 1), extend("x-widget" = "list"))]
    pub fields: Vec<Field>,
    /// Which of the item's other fields go along with each element.
    #[schemars(title = "Include other fields")]
    pub include: Include,
    /// The fields to include.
    #[schemars(title = "Selected fields", extend("x-widget" = "paths", "x-show-if" = { "include": ["selected"] }))]
    pub selected: Vec<String>,
    /// What happens if an item lacks a field that is to be split.
    #[schemars(title = "Missing field", extend("x-group" = "options"))]
    pub missing: Missing,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
    /// Each new item has the attachments of the item that it came from.
    #[schemars(title = "Keep attachments", extend("x-group" = "options"))]
    pub keep_attachments: bool,
    #[serde(skip)]
    #[schemars(skip)]
    plan: OnceCell<Plan>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name or path, such as `order.lines`.
    #[schemars(title = "Field", length(min = 1), extend("x-widget" = "path"))]
    pub field: String,
    /// Name or path of the element in the new item. Empty: the place of the list.
    #[serde(default)]
    #[schemars(title = "Destination")]
    pub destination: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Include {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// Those that are selected.
    Selected,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// It counts as an empty list.
    #[default]
    Skip,
    /// The item fails.
    Error,
}

/// The parameters' paths, parsed once for all items.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) fields: Vec<Path>,
    /// One for each field.
    pub(crate) destinations: Vec<Path>,
    pub(crate) selected: Vec<Path>,
    /// An element that is an object becomes the new item itself.
    pub(crate) unwraps: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            include: Include::default(),
            selected: Vec::new(),
            missing: Missing::default(),
            dot_notation: true,
            keep_attachments: false,
            plan: OnceCell::new(),
        }
    }
}

impl Params {
    pub(crate) fn plan(&self) -> Result<&Plan, NodeError> {
        match self.plan.get() {
            Some(plan) => Ok(plan),
            None => {
                let plan = self.make_plan()?;
                Ok(self.plan.get_or_init(|| plan))
            }
        }
    }

    fn make_plan(&self) -> Result<Plan, NodeError> {
        if self.fields.is_empty() {
            let message = "parameter /fields: no field to split; name at least one";
            return Err(NodeError::invalid("invalid-params", message).at("/fields"));
        }
        let (mut fields, mut destinations) = (Vec::new(), Vec::<Path>::new());
        for (position, field) in self.fields.iter().enumerate() {
            let path = self.path(&field.field, &format!("/fields/{position}/field"))?;
            let place = format!("/fields/{position}/destination");
            let destination = match field.destination.as_str() {
                "" => path.clone(),
                name => self.path(name, &place)?,
            };
            let mut others = destinations.iter();
            if let Some(other) = others.find(|other| overlap(other.segments(), destination.segments())) {
                let message = format!(
                    "parameter {place}: `{destination}` would lie over `{other}`, choose another destination"
                );
                return Err(NodeError::invalid("invalid-params", message).at(place));
            }
            fields.push(path);
            destinations.push(destination);
        }
        let selected = self.selected.iter().enumerate();
        Ok(Plan {
            selected: selected
                .map(|(position, name)| self.path(name, &format!("/selected/{position}")))
                .collect::<Result<_, _>>()?,
            unwraps: self.include == Include::None
                && matches!(self.fields.as_slice(), [only] if only.destination.is_empty()),
            fields,
            destinations,
        })
    }

    fn path(&self, name: &str, place: &str) -> Result<Path, NodeError> {
        Path::new(name, self.dot_notation).map_err(|error| invalid_path(&error, place))
    }
}

pub(crate) fn invalid_path(error: &impl std::fmt::Display, place: &str) -> NodeError {
    NodeError::invalid("invalid-params", format!("parameter {place}: {error}")).at(place)
}

/// One place is inside of the other, or they are the same.
fn overlap(left: &[Segment], right: &[Segment]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}
