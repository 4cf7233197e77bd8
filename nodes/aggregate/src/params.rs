use monshyflow_sdk::{NodeError, Path, Segment};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What is gathered.
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// The fields whose values become lists.
    #[schemars(title = "Fields", extend("x-widget" = "list", "x-show-if" = { "mode": ["fields"] }))]
    pub fields: Vec<Field>,
    /// Field that takes the list of items.
    #[schemars(title = "Destination", length(min = 1), extend("x-show-if" = { "mode": ["items"] }))]
    pub destination: String,
    /// Which fields of the items go into the list.
    #[schemars(title = "Include", extend("x-show-if" = { "mode": ["items"] }))]
    pub include: Include,
    /// The fields to include, or to leave out.
    #[schemars(title = "Selected fields", extend("x-widget" = "paths", "x-show-if" = { "mode": ["items"], "include": ["selected", "except"] }))]
    pub selected: Vec<String>,
    /// One item leaves for all items that agree in these fields. None: one item for all.
    #[schemars(title = "Group by", extend("x-widget" = "paths"))]
    pub group_by: Vec<String>,
    /// A value that is a list gives its elements, not itself.
    #[schemars(title = "Merge lists", extend("x-group" = "options", "x-show-if" = { "mode": ["fields"] }))]
    pub merge_lists: bool,
    /// What is missing or null stands in the list as null. Off: it is left out.
    #[schemars(title = "Keep missing and null values", extend("x-group" = "options", "x-show-if" = { "mode": ["fields"] }))]
    pub keep_missing: bool,
    /// The attachments of all items go along.
    #[schemars(title = "Include attachments", extend("x-group" = "options"))]
    pub attachments: bool,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Each field in a list of its own.
    #[default]
    Fields,
    /// Whole items in one list.
    Items,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Include {
    #[default]
    All,
    /// Those that are selected.
    Selected,
    /// All but those that are selected.
    Except,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name or path, such as `customer.name`.
    #[schemars(title = "Field", length(min = 1), extend("x-widget" = "path"))]
    pub field: String,
    /// Name or path of the list. Empty: the field's last name.
    #[serde(default)]
    #[schemars(title = "Rename to")]
    pub rename: String,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            fields: Vec::new(),
            destination: "data".to_owned(),
            include: Include::default(),
            selected: Vec::new(),
            group_by: Vec::new(),
            merge_lists: false,
            keep_missing: false,
            attachments: false,
            dot_notation: true,
        }
    }
}

/// The parameters' paths.
pub(crate) struct Plan {
    /// With mode `fields`: where values come from, one for each list.
    pub(crate) from: Vec<Path>,
    /// Where the lists go.
    pub(crate) lists: Vec<Path>,
    /// The parameters that name the lists, as JSON Pointers.
    pub(crate) places: Vec<String>,
    pub(crate) selected: Vec<Path>,
    pub(crate) group_by: Vec<Path>,
}

impl Params {
    pub(crate) fn plan(&self) -> Result<Plan, NodeError> {
        let mut plan = Plan {
            from: Vec::new(),
            lists: Vec::new(),
            places: Vec::new(),
            selected: self.paths(&self.selected, "selected")?,
            group_by: self.paths(&self.group_by, "groupBy")?,
        };
        match self.mode {
            Mode::Items => {
                plan.lists.push(self.path(&self.destination, "/destination")?);
                plan.places.push("/destination".to_owned());
            }
            Mode::Fields if self.fields.is_empty() => {
                let problem = "no field to gather; name at least one";
                return Err(NodeError::invalid_param("/fields", problem));
            }
            Mode::Fields => {
                for (position, field) in self.fields.iter().enumerate() {
                    let from = self.path(&field.field, &format!("/fields/{position}/field"))?;
                    let place = format!("/fields/{position}/rename");
                    plan.lists.push(match field.rename.as_str() {
                        "" => Path::field(from.last_key()),
                        name => self.path(name, &place)?,
                    });
                    plan.from.push(from);
                    plan.places.push(place);
                }
            }
        }
        let lists = plan.lists.iter().zip(&plan.places);
        for (position, (list, place)) in lists.enumerate() {
            let mut others = plan.group_by.iter().chain(&plan.lists[..position]);
            if let Some(other) = others.find(|other| overlap(other.segments(), list.segments())) {
                let problem = format!("the list `{list}` would lie over `{other}`, choose another name");
                return Err(NodeError::invalid_param(place, problem));
            }
        }
        Ok(plan)
    }

    fn paths(&self, names: &[String], parameter: &str) -> Result<Vec<Path>, NodeError> {
        let names = names.iter().enumerate();
        names
            .map(|(position, name)| self.path(name, &format!("/{parameter}/{position}")))
            .collect()
    }

    fn path(&self, name: &str, place: &str) -> Result<Path, NodeError> {
        Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
    }
}

/// One place is inside of the other, or they are the same.
fn overlap(left: &[Segment], right: &[Segment]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}
