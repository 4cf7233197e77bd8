use monshyflow_sdk::{NodeError, Path, Segment};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// The fields to summarize, and how.
    #[schemars(title = "Fields to summarize", extend("x-widget" = "list"))]
    pub fields: Vec<Field>,
    /// There is one result for all items that agree in these fields. None: one for all.
    #[schemars(title = "Group by", extend("x-widget" = "paths"))]
    pub group_by: Vec<String>,
    /// How the results of several groups leave.
    #[schemars(title = "Output")]
    pub output: OutputFormat,
    /// Items in which a field to group by is missing, null or empty do not count. Off: they are a group of their own.
    #[schemars(title = "Skip items without group", extend("x-group" = "options"))]
    pub skip_missing_groups: bool,
    /// What happens if no item has a field that is to be summarized.
    #[schemars(title = "Missing field", extend("x-group" = "options"))]
    pub missing: Missing,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options"))]
    pub dot_notation: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    #[schemars(title = "Aggregation")]
    pub aggregation: Aggregation,
    /// Name or path, such as `order.total`. Empty with `count` and `append`: the items themselves.
    #[serde(default)]
    #[schemars(title = "Field", extend("x-widget" = "path"))]
    pub field: String,
    /// Name or path of the result. Empty: a name such as `sum_total`.
    #[serde(default)]
    #[schemars(title = "Name of the result")]
    pub rename: String,
    /// Stands between the values.
    #[serde(default = "comma")]
    #[schemars(title = "Separator", extend("x-show-if" = { "aggregation": ["concatenate"] }))]
    pub separator: String,
    /// What is missing or null stands in the list as null, and among texts as an empty one.
    #[serde(default)]
    #[schemars(title = "Include empty values", extend("x-show-if" = { "aggregation": ["append", "concatenate"] }))]
    pub include_empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Aggregation {
    /// How many values there are.
    Count,
    /// How many different values there are.
    CountUnique,
    Sum,
    Average,
    /// The smallest number, or the first text of the alphabet.
    Min,
    /// The largest number, or the last text of the alphabet.
    Max,
    /// The list of all values.
    Append,
    /// One text of all values.
    Concatenate,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OutputFormat {
    /// One item for each group.
    #[default]
    Items,
    /// One item in which each group is a field.
    One,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// The node fails.
    #[default]
    Error,
    /// There are no values.
    Skip,
}

fn comma() -> String {
    ", ".to_owned()
}

impl Default for Params {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            group_by: Vec::new(),
            output: OutputFormat::default(),
            skip_missing_groups: false,
            missing: Missing::default(),
            dot_notation: true,
        }
    }
}

/// The parameters' paths.
pub(crate) struct Plan {
    /// Where values come from; none for whole items.
    pub(crate) from: Vec<Option<Path>>,
    /// Where results go, one for each field.
    pub(crate) to: Vec<Path>,
    pub(crate) group_by: Vec<Path>,
}

impl Params {
    pub(crate) fn plan(&self) -> Result<Plan, NodeError> {
        if self.fields.is_empty() {
            let problem = "nothing to summarize; name at least one field";
            return Err(NodeError::invalid_param("/fields", problem));
        }
        let groups = self.group_by.iter().enumerate();
        let groups = groups.map(|(number, name)| self.path(name, &format!("/groupBy/{number}")));
        let mut plan = Plan {
            from: Vec::new(),
            to: Vec::new(),
            group_by: groups.collect::<Result<_, _>>()?,
        };
        for (number, field) in self.fields.iter().enumerate() {
            let place = format!("/fields/{number}/field");
            let from = match field.field.as_str() {
                "" if matches!(field.aggregation, Aggregation::Count | Aggregation::Append) => None,
                name => Some(self.path(name, &place)?),
            };
            let place = format!("/fields/{number}/rename");
            let to = match field.rename.as_str() {
                "" => Path::field(field.result_name()),
                name => self.path(name, &place)?,
            };
            // With one item the groups are apart from the results.
            let groups: &[Path] = match self.output {
                OutputFormat::Items => &plan.group_by,
                OutputFormat::One => &[],
            };
            let mut others = groups.iter().chain(&plan.to);
            if let Some(other) = others.find(|other| overlap(other.segments(), to.segments())) {
                let problem = format!("the result `{to}` would lie over `{other}`, choose another name");
                return Err(NodeError::invalid_param(place, problem));
            }
            plan.from.push(from);
            plan.to.push(to);
        }
        Ok(plan)
    }

    fn path(&self, name: &str, place: &str) -> Result<Path, NodeError> {
        Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
    }
}

impl Field {
    /// Such as `sum_order_total`; a name and not a path.
    fn result_name(&self) -> String {
        let prefix = match self.aggregation {
            Aggregation::Count => "count",
            Aggregation::CountUnique => "unique_count",
            Aggregation::Sum => "sum",
            Aggregation::Average => "average",
            Aggregation::Min => "min",
            Aggregation::Max => "max",
            Aggregation::Append => "appended",
            Aggregation::Concatenate => "concatenated",
        };
        if self.field.is_empty() {
            return prefix.to_owned();
        }
        let field = self.field.replace([']', '\''], "").replace(['.', '['], "_");
        format!("{prefix}_{field}")
    }
}

/// One place is inside of the other, or they are the same.
fn overlap(left: &[Segment], right: &[Segment]) -> bool {
    left.iter().zip(right).all(|(left, right)| left == right)
}
