use monshyflow_sdk::{NodeError, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// How the inputs come together.
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// Items that have no partner at their position go along. Off: they are left out.
    #[schemars(title = "Include unpaired items", extend("x-show-if" = { "mode": ["position"] }))]
    pub include_unpaired: bool,
    /// The fields in which items of input 0 and input 1 must agree, all of them.
    #[schemars(title = "Fields to match", extend("x-widget" = "list", "x-show-if" = { "mode": ["key"] }))]
    pub keys: Vec<Key>,
    /// Which items leave.
    #[schemars(title = "Output type", extend("x-show-if" = { "mode": ["key"] }))]
    pub join: Join,
    /// Whose items leave.
    #[schemars(title = "Output data from", extend("x-show-if" = { "mode": ["key"], "join": ["inner", "nonMatching"] }))]
    pub output_from: OutputFrom,
    /// What happens if an item matches several.
    #[schemars(title = "Multiple matches", extend("x-group" = "options", "x-show-if" = { "mode": ["key"] }))]
    pub multiple_matches: MultipleMatches,
    /// 3 and "3" match, and nothing matches an empty text.
    #[schemars(title = "Loose types", extend("x-group" = "options", "x-show-if" = { "mode": ["key"] }))]
    pub loose_types: bool,
    /// `a.b` means field `b` inside of `a`. Off: it is the name of one field.
    #[schemars(title = "Dot notation", extend("x-group" = "options", "x-show-if" = { "mode": ["key"] }))]
    pub dot_notation: bool,
    /// Which value a field gets that several of the items have.
    #[schemars(title = "When fields clash", extend("x-group" = "options", "x-show-if" = { "mode": ["position", "key", "combinations"] }))]
    pub clash: Clash,
    /// Objects that clash are merged field by field. Off: one of them wins as a whole.
    #[schemars(title = "Deep merge", extend("x-group" = "options", "x-show-if" = { "mode": ["position", "key", "combinations"] }))]
    pub deep: bool,
    /// Null and empty text give way to a value that is not empty.
    #[schemars(title = "Fill empty fields", extend("x-group" = "options", "x-show-if" = { "mode": ["position", "key", "combinations"] }))]
    pub fill_empty: bool,
    /// More combined items than this are an error.
    #[schemars(title = "Most items", range(min = 1, max = 1_000_000), extend("x-group" = "options", "x-show-if" = { "mode": ["key", "combinations"] }))]
    pub max_items: usize,
    /// Number of the input whose items leave.
    #[schemars(title = "Input", range(max = 9), extend("x-show-if" = { "mode": ["choose"] }))]
    pub branch: usize,
    /// One empty item leaves instead, once all inputs are there.
    #[schemars(title = "A single, empty item", extend("x-show-if" = { "mode": ["choose"] }))]
    pub empty_item: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The items of all inputs, one input after the other.
    #[default]
    Append,
    /// First items with first items, second with second.
    Position,
    /// Items of input 0 with those of input 1 that agree in some fields.
    Key,
    /// Each item with each.
    Combinations,
    /// The items of one input, once all inputs are there.
    Choose,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Join {
    /// Items that match.
    #[default]
    Inner,
    /// All of input 0, enriched by what matches.
    Left,
    /// All of input 1, enriched by what matches.
    Right,
    /// Items that match, and all others as they are.
    Outer,
    /// Items that match nothing.
    NonMatching,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OutputFrom {
    #[default]
    Both,
    Input0,
    Input1,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MultipleMatches {
    /// An item leaves for each.
    #[default]
    All,
    /// Only the first counts.
    First,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Clash {
    /// That of the input that enriches, otherwise of the last input.
    #[default]
    Auto,
    /// That of the first input.
    PreferFirst,
    /// That of the last input.
    PreferLast,
    /// None gives way: all fields get the number of their input, `name_0`, `name_1`.
    Suffix,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// Name or path in the items of input 0, such as `customer.id`.
    #[schemars(title = "Input 0 field", length(min = 1), extend("x-widget" = "path"))]
    pub input0: String,
    /// Name or path in the items of input 1. Empty: the same.
    #[serde(default)]
    #[schemars(title = "Input 1 field", extend("x-widget" = "path"))]
    pub input1: String,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            include_unpaired: false,
            keys: Vec::new(),
            join: Join::default(),
            output_from: OutputFrom::default(),
            multiple_matches: MultipleMatches::default(),
            loose_types: false,
            dot_notation: true,
            clash: Clash::default(),
            deep: true,
            fill_empty: false,
            max_items: 100_000,
            branch: 0,
            empty_item: false,
        }
    }
}

impl Params {
    /// The paths of the keys in items of input 0 and of input 1.
    pub(crate) fn key_paths(&self) -> Result<(Vec<Path>, Vec<Path>), NodeError> {
        if self.keys.is_empty() {
            let problem = "no field to match; name at least one";
            return Err(NodeError::invalid_param("/keys", problem));
        }
        let (mut input0, mut input1) = (Vec::new(), Vec::new());
        for (position, key) in self.keys.iter().enumerate() {
            let path = self.path(&key.input0, &format!("/keys/{position}/input0"))?;
            input1.push(match key.input1.as_str() {
                "" => path.clone(),
                name => self.path(name, &format!("/keys/{position}/input1"))?,
            });
            input0.push(path);
        }
        Ok((input0, input1))
    }

    fn path(&self, name: &str, place: &str) -> Result<Path, NodeError> {
        Path::new(name, self.dot_notation).map_err(|error| NodeError::invalid_param(place, error))
    }

    pub(crate) fn too_many(&self) -> NodeError {
        let message = format!(
            "more than {} combined items would leave; let fewer items in, match by more fields, or raise the limit",
            self.max_items
        );
        NodeError::invalid("too-many-items", message).at("/maxItems")
    }
}
