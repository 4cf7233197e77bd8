use monshyflow_sdk::RawJson;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What the body is.
    #[schemars(title = "Respond with")]
    pub respond_with: Content,
    /// A text is taken as JSON text.
    #[schemars(title = "JSON", extend("x-widget" = "code", "x-language" = "json", "x-show-if" = { "respondWith": ["json"] }))]
    pub json: RawJson,
    /// Plain text, unless the header `content-type` says otherwise. What is no text is written as JSON.
    #[schemars(title = "Text", extend("x-widget" = "text", "x-show-if" = { "respondWith": ["text"] }))]
    pub text: RawJson,
    /// Name of the first item's attachment.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "respondWith": ["binary"] }))]
    pub attachment: String,
    /// Where the caller is sent.
    #[schemars(title = "URL", extend("x-placeholder" = "https://example.com/thanks", "x-show-if" = { "respondWith": ["redirect"] }))]
    pub url: String,
    /// 200 to 599. Empty: 200, or 307 for a redirect.
    #[schemars(title = "Status code", range(min = 200, max = 599))]
    pub status: Option<u16>,
    #[schemars(title = "Headers", extend("x-widget" = "list", "x-group" = "options"))]
    pub headers: Vec<Header>,
    /// The body is an object with this one field that holds the items. Empty: it is the items.
    #[schemars(title = "Field of the items", extend("x-group" = "options", "x-show-if" = { "respondWith": ["firstItem", "allItems"] }))]
    pub field: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// The first item's JSON.
    #[default]
    FirstItem,
    /// A list of all items' JSON.
    AllItems,
    /// JSON of one's own.
    Json,
    Text,
    /// An attachment of the first item.
    Binary,
    /// An empty body.
    NoData,
    /// Another URL for the caller to go to.
    Redirect,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    #[schemars(title = "Name", length(min = 1), extend("x-placeholder" = "cache-control"))]
    pub name: String,
    /// What is no text is written as JSON.
    #[schemars(title = "Value")]
    pub value: RawJson,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            respond_with: Content::default(),
            json: RawJson::default(),
            text: RawJson::default(),
            attachment: "data".to_owned(),
            url: String::new(),
            status: None,
            headers: Vec::new(),
            field: String::new(),
        }
    }
}
