use schemars::JsonSchema;
use serde::Deserialize;

use crate::charset::Charset;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// What the attachment holds.
    #[schemars(title = "Format")]
    pub format: Format,
    /// Name of the attachment.
    #[schemars(title = "Attachment", length(min = 1))]
    pub attachment: String,
    /// Name or path of the field. Empty with JSON: the item itself.
    #[schemars(title = "Field", extend("x-widget" = "path"))]
    pub field: String,
    /// How the attachment's bytes stand for letters.
    #[schemars(title = "Encoding", extend("x-show-if" = { "format": ["text", "json"] }))]
    pub encoding: Charset,
    /// Such as `invoice.txt`. Empty: none.
    #[schemars(title = "File name", extend("x-placeholder" = "file.txt", "x-show-if" = { "operation": ["write"] }))]
    pub file_name: String,
    /// Such as `text/csv`. Empty: what the format suggests.
    #[schemars(title = "Media type", extend("x-placeholder" = "text/plain", "x-show-if" = { "operation": ["write"] }))]
    pub media_type: String,
    /// Each field on a line of its own.
    #[schemars(title = "Indent", extend("x-group" = "options", "x-show-if" = { "operation": ["write"], "format": ["json"] }))]
    pub indent: bool,
    /// The text begins with a byte order mark, which some programs need.
    #[schemars(title = "Add byte order mark", extend("x-group" = "options", "x-show-if" = { "operation": ["write"], "format": ["text", "json"] }))]
    pub add_bom: bool,
    /// Bytes that stand for no letter are replaced by `�`. Off: they are an error.
    #[schemars(title = "Replace invalid bytes", extend("x-group" = "options", "x-show-if" = { "operation": ["read"], "format": ["text", "json"] }))]
    pub replace_invalid: bool,
    /// The item's other fields stay.
    #[schemars(title = "Keep fields", extend("x-group" = "options"))]
    pub keep_fields: bool,
    /// The attachment stays after it was read.
    #[schemars(title = "Keep attachment", extend("x-group" = "options", "x-show-if" = { "operation": ["read"] }))]
    pub keep_attachment: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Attachment to field.
    #[default]
    Read,
    /// Field to attachment.
    Write,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    #[default]
    Text,
    Json,
    /// Any bytes, which the field holds in base64.
    Base64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            format: Format::default(),
            attachment: "data".to_owned(),
            field: "data".to_owned(),
            encoding: Charset::default(),
            file_name: String::new(),
            media_type: String::new(),
            indent: false,
            add_bom: false,
            replace_invalid: false,
            keep_fields: true,
            keep_attachment: true,
        }
    }
}
