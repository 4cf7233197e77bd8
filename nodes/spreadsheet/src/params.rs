use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Name of the attachment that is read, or that takes the file.
    #[schemars(title = "Attachment", length(min = 1))]
    pub attachment: String,
    /// Name of the sheet. Empty: the first one; of a new file `Sheet1`.
    #[schemars(title = "Sheet", length(max = 31), extend("x-placeholder" = "Sheet1"))]
    pub sheet: String,
    /// The first row holds the names of the columns.
    #[schemars(title = "Header row")]
    pub header: bool,
    #[schemars(title = "Reading", extend("x-group" = "options", "x-show-if" = { "operation": ["read"] }))]
    pub reading: Reading,
    #[schemars(title = "Writing", extend("x-group" = "options", "x-show-if" = { "operation": ["write"] }))]
    pub writing: Writing,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// An item of each row.
    #[default]
    Read,
    /// One file of all items.
    Write,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reading {
    /// The part of the sheet, such as `A2:D100`, `B3`, `A:D`, or a number for the first row. Empty: all.
    #[schemars(title = "Range", extend("x-placeholder" = "A2:D100"))]
    pub range: String,
    /// 0: all.
    #[schemars(title = "Rows at most")]
    pub max_rows: u32,
    /// Dates and durations are the numbers of days that the file has. Off: they are ISO 8601.
    #[schemars(title = "Raw values")]
    pub raw_values: bool,
    /// Numbers and booleans become texts.
    #[schemars(title = "Read as text")]
    pub as_text: bool,
    /// What becomes of empty cells.
    #[schemars(title = "Empty cells")]
    pub empty_cells: EmptyCells,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EmptyCells {
    /// The field is left out.
    #[default]
    Omit,
    Null,
    /// An empty text.
    Text,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Writing {
    #[schemars(title = "File name", length(min = 1, max = 255))]
    pub file_name: String,
    /// Names or paths of the fields that are columns. Empty: all fields, in the order in which they first appear.
    #[schemars(title = "Columns", extend("x-widget" = "paths"))]
    pub columns: Vec<Path>,
    /// Fields inside of objects are columns of their own, such as `customer.name`. Off: an object is JSON in one cell.
    #[schemars(title = "Flatten objects")]
    pub flatten: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            attachment: "data".to_owned(),
            sheet: String::new(),
            header: true,
            reading: Reading::default(),
            writing: Writing::default(),
        }
    }
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            file_name: "data.xlsx".to_owned(),
            columns: Vec::new(),
            flatten: true,
        }
    }
}
