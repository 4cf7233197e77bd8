use monshyflow_sdk::{NodeError, Path};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Where the CSV is.
    #[schemars(title = "Source", extend("x-show-if" = { "operation": ["read"] }))]
    pub source: Source,
    /// Name of the attachment that is read, or that takes the file.
    #[schemars(title = "Attachment", length(min = 1))]
    pub attachment: String,
    /// Name or path of the field with the CSV.
    #[schemars(title = "Field", extend("x-show-if" = { "operation": ["read"], "source": ["field"] }))]
    pub field: Path,
    /// The character between cells; `\t` is a tab.
    #[schemars(title = "Delimiter", length(min = 1, max = 2))]
    pub delimiter: String,
    /// The first row holds the names of the columns.
    #[schemars(title = "Header row")]
    pub header: bool,
    /// The character around cells that contain delimiters or line breaks. Empty: cells are never quoted.
    #[schemars(title = "Quote", length(max = 1), extend("x-group" = "options"))]
    pub quote: String,
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    #[default]
    Attachment,
    Field,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reading {
    #[schemars(title = "Encoding")]
    pub encoding: Encoding,
    /// The row at which reading starts, which is the header row if there is one. Empty lines do not count.
    #[schemars(title = "First row", range(min = 1))]
    pub first_row: u32,
    /// 0: all.
    #[schemars(title = "Rows at most")]
    pub max_rows: u32,
    /// The character that takes the meaning off a quote behind it. Empty: quotes are doubled.
    #[schemars(title = "Escape", length(max = 1), extend("x-placeholder" = "\\"))]
    pub escape: String,
    /// White space is cut off both ends of cells and column names.
    #[schemars(title = "Trim")]
    pub trim: bool,
    /// What becomes of cells without text.
    #[schemars(title = "Empty cells")]
    pub empty_cells: EmptyCells,
    /// What happens to rows with more or fewer cells than the first one.
    #[schemars(title = "Uneven rows")]
    pub uneven_rows: UnevenRows,
    /// Cells that look like numbers, `true` or `false` become that. Off: all cells are texts.
    #[schemars(title = "Detect types")]
    pub detect_types: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    #[default]
    Utf8,
    /// ISO-8859-1 and Windows-1252.
    Latin1,
    Utf16,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EmptyCells {
    /// An empty text.
    #[default]
    Text,
    Null,
    /// The field is left out.
    Omit,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UnevenRows {
    #[default]
    Error,
    /// Missing cells are empty, those too many get names such as `column4`.
    Fill,
    /// They are left out.
    Skip,
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
    /// All cells are quoted. Off: those that need it.
    #[schemars(title = "Quote all cells")]
    pub quote_all: bool,
    /// Starts the file with a mark by which Excel knows that it is UTF-8.
    #[schemars(title = "Byte order mark")]
    pub bom: bool,
    /// Lines end as on Windows.
    #[schemars(title = "Windows line ends")]
    pub crlf: bool,
    /// Texts that spreadsheets would take for formulas get an apostrophe in front.
    #[schemars(title = "Disarm formulas")]
    pub disarm_formulas: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            source: Source::default(),
            attachment: "data".to_owned(),
            field: Path::field("data"),
            delimiter: ",".to_owned(),
            header: true,
            quote: "\"".to_owned(),
            reading: Reading::default(),
            writing: Writing::default(),
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            first_row: 1,
            max_rows: 0,
            escape: String::new(),
            trim: false,
            empty_cells: EmptyCells::default(),
            uneven_rows: UnevenRows::default(),
            detect_types: false,
        }
    }
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            file_name: "data.csv".to_owned(),
            columns: Vec::new(),
            flatten: true,
            quote_all: false,
            bom: false,
            crlf: false,
            disarm_formulas: false,
        }
    }
}

impl Params {
    pub(crate) fn delimiter(&self) -> Result<u8, NodeError> {
        let text = if self.delimiter == "\\t" {
            "\t"
        } else {
            &self.delimiter
        };
        single(text, "/delimiter")?.ok_or_else(|| not_single("/delimiter"))
    }

    pub(crate) fn quote(&self) -> Result<Option<u8>, NodeError> {
        single(&self.quote, "/quote")
    }
}

impl Reading {
    pub(crate) fn escape(&self) -> Result<Option<u8>, NodeError> {
        single(&self.escape, "/reading/escape")
    }
}

/// None if the text is empty.
fn single(text: &str, place: &str) -> Result<Option<u8>, NodeError> {
    match text.as_bytes() {
        [] => Ok(None),
        [byte] if byte.is_ascii() && !b"\r\n\0".contains(byte) => Ok(Some(*byte)),
        _ => Err(not_single(place)),
    }
}

fn not_single(place: &str) -> NodeError {
    let problem = "give a single ASCII character, such as `;`";
    NodeError::invalid_param(place, problem)
}
