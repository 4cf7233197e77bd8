use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::table::TableOptions;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Where the HTML is.
    #[schemars(title = "Source", extend("x-show-if" = { "operation": ["extract"] }))]
    pub source: Source,
    /// Name or path of the field with the HTML. A list of texts gives an item for each.
    #[schemars(title = "Field", extend("x-widget" = "path", "x-show-if" = { "operation": ["extract"], "source": ["field"] }))]
    pub field: Path,
    /// Name of the item's attachment with the HTML.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "operation": ["extract"], "source": ["attachment"] }))]
    pub attachment: String,
    /// How the attachment's bytes are text.
    #[schemars(title = "Encoding", extend("x-group" = "options", "x-show-if" = { "operation": ["extract"], "source": ["attachment"] }))]
    pub encoding: Encoding,
    /// What to take out of the HTML.
    #[schemars(title = "Values", extend("x-widget" = "list", "x-show-if" = { "operation": ["extract"] }))]
    pub values: Vec<Extraction>,
    /// Cuts white space off both ends of texts.
    #[schemars(title = "Trim", extend("x-group" = "options", "x-show-if" = { "operation": ["extract"] }))]
    pub trim: bool,
    /// Makes one space of each run of white space and line breaks in texts.
    #[schemars(title = "Clean up", extend("x-group" = "options", "x-show-if" = { "operation": ["extract"] }))]
    pub clean_up: bool,
    /// The HTML. Expressions in it are put in before.
    #[schemars(title = "Template", extend("x-widget" = "code", "x-language" = "html", "x-placeholder" = "<h1>Hello {{ $json.name }}</h1>", "x-show-if" = { "operation": ["generate"] }))]
    pub template: String,
    #[schemars(title = "Table", extend("x-show-if" = { "operation": ["table"] }))]
    pub table: TableOptions,
    /// Name or path of the field that takes the HTML. Empty: `html`, or `table`.
    #[schemars(title = "Destination", extend("x-show-if" = { "operation": ["generate", "table"] }))]
    pub destination: Option<Path>,
    /// The item's other fields and its attachments go along.
    #[schemars(title = "Keep other fields", extend("x-group" = "options", "x-show-if" = { "operation": ["extract", "generate"] }))]
    pub keep_fields: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Takes values out of HTML by CSS selectors.
    #[default]
    Extract,
    /// Makes HTML of a template.
    Generate,
    /// Makes one HTML table of all items.
    Table,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    #[default]
    Field,
    Attachment,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    #[default]
    Utf8,
    /// ISO-8859-1.
    Latin1,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extraction {
    /// Name or path of the field that takes the value.
    #[schemars(title = "Name", length(min = 1), extend("x-placeholder" = "title"))]
    pub name: Path,
    /// CSS selector, such as `h1`, `.price` or `ul > li:nth-child(2)`.
    #[schemars(title = "Selector", length(min = 1), extend("x-placeholder" = ".price"))]
    pub selector: String,
    #[serde(default)]
    #[schemars(title = "Returns")]
    pub returns: Returns,
    /// Name of the attribute.
    #[serde(default)]
    #[schemars(title = "Attribute", extend("x-placeholder" = "href", "x-show-if" = { "returns": ["attribute"] }))]
    pub attribute: String,
    /// Elements whose text is left out: CSS selectors, separated by commas.
    #[serde(default)]
    #[schemars(title = "Skip", extend("x-placeholder" = "nav, .ad", "x-show-if" = { "returns": ["text"] }))]
    pub skip: String,
    /// All elements that match, as a list. Off: the first one, or null.
    #[serde(default)]
    #[schemars(title = "List")]
    pub list: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Returns {
    /// The text inside, without tags.
    #[default]
    Text,
    /// The HTML inside.
    Html,
    /// An attribute.
    Attribute,
    /// What a field of a form holds.
    Value,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            source: Source::default(),
            field: Path::field("data"),
            attachment: "data".to_owned(),
            encoding: Encoding::default(),
            values: Vec::new(),
            trim: true,
            clean_up: true,
            template: String::new(),
            table: TableOptions::default(),
            destination: None,
            keep_fields: false,
        }
    }
}
