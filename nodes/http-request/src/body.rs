use monshyflow_sdk::http::{self, Multipart};
use monshyflow_sdk::{Attachment, Item, NodeError, Object, RawJson};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::pairs::Pairs;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Body {
    #[serde(rename = "type")]
    #[schemars(title = "Type")]
    pub kind: BodyType,
    /// Any JSON, or its text.
    #[schemars(title = "JSON", extend("x-widget" = "code", "x-language" = "json", "x-show-if" = { "type": ["json"] }))]
    pub json: RawJson,
    /// A list of names and values, or an object.
    #[schemars(title = "Fields", extend("x-widget" = "pairs", "x-show-if" = { "type": ["form", "multipart"] }))]
    pub fields: Pairs,
    /// Attachments of the item that are sent as files.
    #[schemars(title = "Files", extend("x-widget" = "list", "x-show-if" = { "type": ["multipart"] }))]
    pub files: Vec<FileField>,
    /// The body as it is.
    #[schemars(title = "Text", extend("x-widget" = "text", "x-show-if" = { "type": ["raw"] }))]
    pub text: String,
    /// Name of the item's attachment that is sent.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "type": ["binary"] }))]
    pub attachment: String,
    /// Media type of a raw or binary body. Empty: `text/plain`, or the attachment's own.
    #[schemars(title = "Content type", extend("x-placeholder" = "text/xml", "x-show-if" = { "type": ["raw", "binary"] }))]
    pub content_type: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BodyType {
    #[default]
    None,
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Text.
    Raw,
    /// An attachment of the item.
    Binary,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileField {
    /// Name of the form's field.
    #[schemars(title = "Field", length(min = 1))]
    pub name: String,
    /// Name of the item's attachment.
    #[schemars(title = "Attachment", length(min = 1))]
    pub attachment: String,
}

/// A field that a page needs in the body.
pub(crate) type PageField<'a> = (&'a str, &'a str);

impl Default for Body {
    fn default() -> Self {
        Self {
            kind: BodyType::default(),
            json: RawJson::default(),
            fields: Pairs::default(),
            files: Vec::new(),
            text: String::new(),
            attachment: "data".to_owned(),
            content_type: None,
        }
    }
}

impl Body {
    /// `page`: a field that this page needs.
    pub(crate) fn build(
        &self,
        item: &Item,
        page: Option<PageField>,
    ) -> Result<Option<http::Body>, NodeError> {
        if page.is_some() && matches!(self.kind, BodyType::None | BodyType::Raw | BodyType::Binary) {
            let message = "a page's parameter goes into a body of type `json`, `form` or `multipart`";
            return Err(NodeError::invalid("invalid-params", message).at("/pagination/place"));
        }
        let content_type = self
            .content_type
            .as_deref()
            .filter(|content_type| !content_type.is_empty());
        Ok(Some(match self.kind {
            BodyType::None => return Ok(None),
            BodyType::Json => http::Body::json(self.json_text(page)?),
            BodyType::Form => http::Body::form(self.form_fields(page)),
            BodyType::Multipart => self.multipart(item, page)?.into(),
            BodyType::Raw => http::Body::bytes(
                self.text.as_bytes(),
                content_type.unwrap_or("text/plain; charset=utf-8"),
            ),
            BodyType::Binary => {
                let mut attachment = find(item, &self.attachment, || "/body/attachment".to_owned())?.clone();
                if let Some(content_type) = content_type {
                    attachment.media_type = content_type.to_owned();
                }
                http::Body::attachment(&attachment)
            }
        }))
    }

    fn json_text(&self, page: Option<PageField>) -> Result<String, NodeError> {
        let invalid = |problem: String| NodeError::invalid_param("/body/json", problem);
        let text = match self.json.as_string() {
            Some(text) => {
                let checked: RawJson = serde_json::from_str(&text)
                    .map_err(|error| invalid(format!("the text is not JSON: {error}")))?;
                checked.text().to_owned()
            }
            None => self.json.text().to_owned(),
        };
        let Some((name, value)) = page else {
            return Ok(text);
        };
        let mut object =
            Object::parse(&text).map_err(|_| invalid("a page's parameter needs an object".to_owned()))?;
        // A number stays a number, as it is where APIs count pages.
        let value = if value.parse::<i64>().is_ok() {
            value.to_owned()
        } else {
            serde_json::Value::from(value).to_string()
        };
        object.set_field(name, value);
        Ok(object.to_text())
    }

    fn form_fields(&self, page: Option<PageField>) -> Vec<(String, String)> {
        let fields = self
            .fields
            .texts()
            .filter(|(name, _)| page.is_none_or(|(page, _)| page != *name));
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        fields
            .chain(page.map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect()
    }

    fn multipart(&self, item: &Item, page: Option<PageField>) -> Result<Multipart, NodeError> {
        let texts = self.form_fields(page).into_iter();
        let mut form = texts.fold(Multipart::new(), |form, (name, value)| form.text(name, value));
        for (position, file) in self.files.iter().enumerate() {
            let attachment = find(item, &file.attachment, || {
                format!("/body/files/{position}/attachment")
            })?;
            form = form.attachment(&file.name, attachment);
        }
        Ok(form)
    }
}

fn find<'a>(
    item: &'a Item,
    name: &str,
    pointer: impl FnOnce() -> String,
) -> Result<&'a Attachment, NodeError> {
    item.require_attachment(name).map_err(|error| error.at(pointer()))
}
