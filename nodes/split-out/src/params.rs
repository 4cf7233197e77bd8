use monshyflow_sdk::{NodeError, Once, Path, Segment};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What becomes items.
    #[schemars(title = "Split")]
    pub split: Split,
    /// The lists to split. Several are split side by side: the first elements go together, then the second.
    #[schemars(title = "Fields", length(min = 1), extend("x-widget" = "list", "x-show-if" = { "split": ["lists"] }))]
    pub fields: Vec<Field>,
    /// Name of the attachment in each new item. Empty: as it was.
    #[schemars(title = "Attachment", extend("x-placeholder" = "data", "x-show-if" = { "split": ["attachments"] }))]
    pub attachment: String,
    /// Which of the item's other fields go along with each element.
    #[schemars(title = "Include other fields")]
    pub include: Include,
    /// The fields to include.
    #[schemars(title = "Selected fields", extend("x-widget" = "paths", "x-show-if" = { "include": ["selected"] }))]
    pub selected: Vec<String>,
    /// What happens if an item lacks a field that is to be split.
    #[schemars(title = "Missing field", extend("x-group" = "options", "x-show-if" = { "split": ["lists"] }))]
    pub missing: Missing,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
    /// Each new item has the attachments of the item that it came from.
    #[schemars(title = "Keep attachments", extend("x-group" = "options", "x-show-if" = { "split": ["lists"] }))]
    pub keep_attachments: bool,
    #[serde(skip)]
    #[schemars(skip)]
    plan: Once<Plan>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Split {
    /// Elements of lists.
    #[default]
    Lists,
    /// The item's attachments.
    Attachments,
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
            split: Split::default(),
            fields: Vec::new(),
            attachment: String::new(),
            include: Include::default(),
            selected: Vec::new(),
            missing: Missing::default(),
            dot_notation: true,
            keep_attachments: false,
            plan: Once::default(),
        }
    }
}

impl Params {
    pub(crate) fn plan(&self) -> Result<&Plan, NodeError> {
        self.plan.get_or_try(|| self.make_plan())
    }

    fn make_plan(&self) -> Result<Plan, NodeError> {
        if self.fields.is_empty() && self.split == Split::Lists {
            let problem = "no field to split; name at least one";
            return Err(NodeError::invalid_param("/fields", problem));
        }
        let (mut fields, mut destinations) = (Vec::new(), Vec::<Path>::new());
        let lists = self.fields.iter().filter(|_| self.split == Split::Lists);
        for (position, field) in lists.enumerate() {
            let path = self.path(&field.field, &format!("/fields/{position}/field"))?;
            let place = format!("/fields/{position}/destination");
            let destination = match field.destination.as_str() {
                "" => path.clone(),
                name => self.path(name, &place)?,
            };
            let mut others = destinations.iter();
            if let Some(other) = others.find(|other| overlap(other.segments(), destination.segments())) {
                let problem = format!("`{destination}` would lie over `{other}`, choose another destination");
                return Err(NodeError::invalid_param(place, problem));
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
        Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
    }
}

/// One place is inside of the other, or they are the same.
fn overlap(left: &[Segment], right: &[Segment]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}
