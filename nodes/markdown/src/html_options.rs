use pulldown_cmark::Options;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HtmlOptions {
    /// Tables with `|`.
    #[schemars(title = "Tables")]
    pub tables: bool,
    /// `~~struck out~~`.
    #[schemars(title = "Strikethrough")]
    pub strikethrough: bool,
    /// Check boxes of `- [ ]` and `- [x]`.
    #[schemars(title = "Task lists")]
    pub task_lists: bool,
    /// Addresses such as `https://a.example` become links.
    #[schemars(title = "Automatic links")]
    pub auto_links: bool,
    /// Notes by `[^1]`.
    #[schemars(title = "Footnotes")]
    pub footnotes: bool,
    /// A term, and its definition on a line that starts with `:`.
    #[schemars(title = "Definition lists")]
    pub definition_lists: bool,
    /// Quotes that start with `[!NOTE]`, `[!TIP]`, `[!IMPORTANT]`, `[!WARNING]` or `[!CAUTION]` get a class.
    #[schemars(title = "Alerts")]
    pub alerts: bool,
    /// `$x$` and `$$x$$` become elements with the class `math`.
    #[schemars(title = "Math")]
    pub math: bool,
    /// Straight quotes become curly, `...` and `--` one character.
    #[schemars(title = "Smart punctuation")]
    pub smart_punctuation: bool,
    /// A block between lines of `---` at the start is left out.
    #[schemars(title = "Front matter")]
    pub front_matter: bool,
    /// Every line break in a paragraph is one in the HTML.
    #[schemars(title = "Simple line breaks")]
    pub simple_line_breaks: bool,
    /// Headings get ids made of their texts, for links to them.
    #[schemars(title = "Heading ids")]
    pub heading_ids: bool,
    /// What these ids start with.
    #[schemars(title = "Prefix of ids", extend("x-show-if" = { "headingIds": [true] }))]
    pub heading_id_prefix: String,
    /// `{#id .class}` behind a heading is its id and classes.
    #[schemars(title = "Custom heading ids")]
    pub heading_attributes: bool,
    /// The level of a heading with one `#`.
    #[schemars(title = "First heading level", range(min = 1, max = 6))]
    pub heading_start: u8,
    #[schemars(title = "Open links in new tab")]
    pub new_tab: bool,
    /// What happens to HTML in the Markdown.
    #[schemars(title = "Raw HTML")]
    pub raw_html: RawHtml,
    /// A whole document with head and body.
    #[schemars(title = "Complete document")]
    pub complete_document: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RawHtml {
    /// It stays. Not for the Markdown of strangers.
    #[default]
    Keep,
    /// It is shown as text, and links that would run scripts lead nowhere.
    Escape,
}

impl Default for HtmlOptions {
    fn default() -> Self {
        Self {
            tables: true,
            strikethrough: true,
            task_lists: true,
            auto_links: true,
            footnotes: false,
            definition_lists: false,
            alerts: false,
            math: false,
            smart_punctuation: false,
            front_matter: false,
            simple_line_breaks: false,
            heading_ids: false,
            heading_id_prefix: String::new(),
            heading_attributes: false,
            heading_start: 1,
            new_tab: false,
            raw_html: RawHtml::default(),
            complete_document: false,
        }
    }
}

impl HtmlOptions {
    pub(crate) fn syntax(&self) -> Options {
        let wanted = [
            (self.tables, Options::ENABLE_TABLES),
            (self.strikethrough, Options::ENABLE_STRIKETHROUGH),
            (self.task_lists, Options::ENABLE_TASKLISTS),
            (self.footnotes, Options::ENABLE_FOOTNOTES),
            (self.definition_lists, Options::ENABLE_DEFINITION_LIST),
            (self.alerts, Options::ENABLE_GFM),
            (self.math, Options::ENABLE_MATH),
            (self.smart_punctuation, Options::ENABLE_SMART_PUNCTUATION),
            (self.front_matter, Options::ENABLE_YAML_STYLE_METADATA_BLOCKS),
            (self.heading_attributes, Options::ENABLE_HEADING_ATTRIBUTES),
        ];
        let wanted = wanted.into_iter().filter(|(on, _)| *on);
        wanted.map(|(_, option)| option).collect()
    }
}
