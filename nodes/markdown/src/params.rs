use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::html_options::HtmlOptions;
use crate::markdown_options::MarkdownOptions;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// The Markdown to convert, mostly an expression.
    #[schemars(title = "Markdown", extend("x-widget" = "text", "x-placeholder" = "{{ $json.text }}", "x-show-if" = { "operation": ["markdownToHtml"] }))]
    pub markdown: String,
    /// The HTML to convert, mostly an expression.
    #[schemars(title = "HTML", extend("x-widget" = "text", "x-placeholder" = "{{ $json.html }}", "x-show-if" = { "operation": ["htmlToMarkdown"] }))]
    pub html: String,
    /// Name or path of the field that takes the result.
    #[schemars(title = "Destination", extend("x-placeholder" = "data"))]
    pub destination: Path,
    /// The item's other fields and its attachments go along.
    #[schemars(title = "Keep other fields", extend("x-group" = "options"))]
    pub keep_fields: bool,
    #[schemars(title = "HTML", extend("x-group" = "options", "x-show-if" = { "operation": ["markdownToHtml"] }))]
    pub html_options: HtmlOptions,
    #[schemars(title = "Markdown", extend("x-group" = "options", "x-show-if" = { "operation": ["htmlToMarkdown"] }))]
    pub markdown_options: MarkdownOptions,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    #[default]
    MarkdownToHtml,
    HtmlToMarkdown,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            markdown: String::new(),
            html: String::new(),
            destination: Path::field("data"),
            keep_fields: true,
            html_options: HtmlOptions::default(),
            markdown_options: MarkdownOptions::default(),
        }
    }
}
