use monshyflow_sdk::{NodeError, Once, Path, RawJson, Segment, ValueType};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// How the fields are given.
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// Fields to set, in order.
    #[schemars(title = "Fields", extend("x-widget" = "list", "x-show-if" = { "mode": ["fields"] }))]
    pub fields: Vec<Field>,
    /// An object, or its JSON text, whose fields are set.
    #[schemars(title = "JSON", extend("x-widget" = "code", "x-language" = "json", "x-placeholder" = "{ \"name\": \"value\" }", "x-show-if" = { "mode": ["json"] }))]
    pub json: RawJson,
    /// Which of the item's other fields stay.
    #[schemars(title = "Keep other fields")]
    pub keep: Keep,
    /// The fields to keep, or to leave out.
    #[schemars(title = "Selected fields", extend("x-widget" = "paths", "x-show-if" = { "keep": ["selected", "except"] }))]
    pub selected: Vec<String>,
    /// Fields to give another name or place, before fields are set. A field that is not there is passed over.
    #[schemars(title = "Rename", extend("x-widget" = "list"))]
    pub rename: Vec<Rename>,
    /// Fields to remove, after renaming and before fields are set.
    #[schemars(title = "Remove", extend("x-widget" = "paths"))]
    pub remove: Vec<String>,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
    /// A value that cannot become the chosen type stays as it is.
    #[schemars(title = "Ignore conversion errors", extend("x-group" = "options"))]
    pub ignore_conversion_errors: bool,
    /// The item keeps its attachments.
    #[schemars(title = "Keep attachments", extend("x-group" = "options"))]
    pub keep_attachments: bool,
    #[serde(skip)]
    #[schemars(skip)]
    plan: Once<Plan>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// A list of names and values.
    #[default]
    Fields,
    /// One JSON object.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    /// All of them.
    #[default]
    All,
    /// Only what is set here.
    None,
    /// Those that are selected.
    Selected,
    /// All but those that are selected.
    Except,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name or path, such as `customer.name`.
    #[schemars(title = "Name", length(min = 1), extend("x-placeholder" = "customer.name"))]
    pub name: String,
    /// What the value becomes.
    #[serde(default, rename = "type")]
    #[schemars(title = "Type")]
    pub kind: ValueType,
    #[serde(default)]
    #[schemars(title = "Value")]
    pub value: RawJson,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    #[schemars(title = "From", length(min = 1))]
    pub from: String,
    #[schemars(title = "To", length(min = 1))]
    pub to: String,
}

/// The parameters' paths, parsed once for all items.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) fields: Vec<Path>,
    pub(crate) selected: Vec<Path>,
    /// The selected fields if all of them stand at the top: those are kept without copying.
    pub(crate) selected_fields: Option<Vec<String>>,
    pub(crate) rename: Vec<(Path, Path)>,
    pub(crate) remove: Vec<Path>,
    pub(crate) changes_nothing: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            fields: Vec::new(),
            json: RawJson::default(),
            keep: Keep::default(),
            selected: Vec::new(),
            rename: Vec::new(),
            remove: Vec::new(),
            dot_notation: true,
            ignore_conversion_errors: false,
            keep_attachments: true,
            plan: Once::default(),
        }
    }
}

impl Params {
    pub(crate) fn plan(&self) -> Result<&Plan, NodeError> {
        self.plan.get_or_try(|| self.make_plan())
    }

    fn make_plan(&self) -> Result<Plan, NodeError> {
        let selected = self.paths(self.selected.iter().map(String::as_str), |at| {
            format!("/selected/{at}")
        })?;
        let from = self.paths(self.rename.iter().map(|rename| rename.from.as_str()), |at| {
            format!("/rename/{at}/from")
        })?;
        let to = self.paths(self.rename.iter().map(|rename| rename.to.as_str()), |at| {
            format!("/rename/{at}/to")
        })?;
        let top = selected.iter().map(|path| match path.segments() {
            [Segment::Key(key)] => Some(key.clone()),
            _ => None,
        });
        let sets_nothing = self.mode == Mode::Fields && self.fields.is_empty();
        let removes_nothing = self.rename.is_empty() && self.remove.is_empty() && self.keep == Keep::All;
        Ok(Plan {
            fields: self.paths(self.fields.iter().map(|field| field.name.as_str()), |at| {
                format!("/fields/{at}/name")
            })?,
            selected_fields: top.collect(),
            selected,
            rename: from.into_iter().zip(to).collect(),
            remove: self.paths(self.remove.iter().map(String::as_str), |at| {
                format!("/remove/{at}")
            })?,
            changes_nothing: sets_nothing && removes_nothing && self.keep_attachments,
        })
    }
}
