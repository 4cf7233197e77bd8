use htmd::options;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MarkdownOptions {
    #[schemars(title = "Headings")]
    pub headings: Headings,
    #[schemars(title = "Bullet")]
    pub bullet: Bullet,
    #[schemars(title = "Emphasis")]
    pub emphasis: Emphasis,
    #[schemars(title = "Strong")]
    pub strong: Strong,
    #[schemars(title = "Code blocks")]
    pub code_blocks: CodeBlocks,
    #[schemars(title = "Fence", extend("x-show-if" = { "codeBlocks": ["fenced"] }))]
    pub fence: Fence,
    #[schemars(title = "Links")]
    pub links: Links,
    #[schemars(title = "Rule")]
    pub rule: Rule,
    #[schemars(title = "Line breaks")]
    pub line_breaks: LineBreaks,
    /// Names of elements that are left out, such as `nav`.
    #[schemars(title = "Ignored elements", extend("x-widget" = "list"))]
    pub ignore: Vec<String>,
    /// Images whose data is in the address itself stay. They are long.
    #[schemars(title = "Keep data images")]
    pub keep_data_images: bool,
    /// What Markdown cannot say stays as HTML. Off: its text stays.
    #[schemars(title = "Keep HTML")]
    pub keep_html: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Headings {
    /// `# Title`.
    #[default]
    Atx,
    /// The first two levels are underlined.
    Setext,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Bullet {
    #[default]
    #[serde(rename = "*")]
    Asterisk,
    #[serde(rename = "-")]
    Dash,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Emphasis {
    #[default]
    #[serde(rename = "*")]
    Asterisk,
    #[serde(rename = "_")]
    Underscore,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Strong {
    #[default]
    #[serde(rename = "**")]
    Asterisks,
    #[serde(rename = "__")]
    Underscores,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CodeBlocks {
    #[default]
    Fenced,
    /// By four spaces. The language is lost.
    Indented,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Fence {
    #[default]
    #[serde(rename = "```")]
    Backticks,
    #[serde(rename = "~~~")]
    Tildes,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Links {
    /// `[text](address)`.
    #[default]
    Inline,
    /// As `inline`, but `<address>` where the text is the address.
    Auto,
    /// `[text][1]`, and the addresses at the end.
    Reference,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Rule {
    #[default]
    #[serde(rename = "* * *")]
    Asterisks,
    #[serde(rename = "- - -")]
    Dashes,
    #[serde(rename = "_ _ _")]
    Underscores,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LineBreaks {
    /// Two spaces at the end of the line.
    #[default]
    Spaces,
    /// A backslash at the end of the line.
    Backslash,
}

impl MarkdownOptions {
    pub(crate) fn for_converter(&self) -> options::Options {
        options::Options {
            heading_style: match self.headings {
                Headings::Atx => options::HeadingStyle::Atx,
                Headings::Setext => options::HeadingStyle::Setex,
            },
            hr_style: match self.rule {
                Rule::Asterisks => options::HrStyle::Asterisks,
                Rule::Dashes => options::HrStyle::Dashes,
                Rule::Underscores => options::HrStyle::Underscores,
            },
            br_style: match self.line_breaks {
                LineBreaks::Spaces => options::BrStyle::TwoSpaces,
                LineBreaks::Backslash => options::BrStyle::Backslash,
            },
            link_style: match self.links {
                Links::Inline => options::LinkStyle::Inlined,
                Links::Auto => options::LinkStyle::InlinedPreferAutolinks,
                Links::Reference => options::LinkStyle::Referenced,
            },
            code_block_style: match self.code_blocks {
                CodeBlocks::Fenced => options::CodeBlockStyle::Fenced,
                CodeBlocks::Indented => options::CodeBlockStyle::Indented,
            },
            code_block_fence: match self.fence {
                Fence::Backticks => options::CodeBlockFence::Backticks,
                Fence::Tildes => options::CodeBlockFence::Tildes,
            },
            bullet_list_marker: match self.bullet {
                Bullet::Asterisk => options::BulletListMarker::Asterisk,
                Bullet::Dash => options::BulletListMarker::Dash,
            },
            translation_mode: if self.keep_html {
                options::TranslationMode::Faithful
            } else {
                options::TranslationMode::Pure
            },
            ul_bullet_spacing: 1,
            ol_number_spacing: 1,
            ..options::Options::default()
        }
    }
}
