//! Sends a message for each item.

use monshyflow_sdk::mail::{Message, send};
use monshyflow_sdk::{Context, Item, NodeError, each};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// Who sends; without it the address that the operator set.
    #[serde(default)]
    #[schemars(title = "From", extend("x-placeholder" = "Shop <shop@example.com>"))]
    pub from: String,
    /// Who gets it; several with commas.
    #[serde(default)]
    #[schemars(title = "To", extend("x-placeholder" = "Ada <ada@example.com>, bob@example.com"))]
    pub to: String,
    /// Who gets a copy.
    #[serde(default)]
    #[schemars(title = "CC")]
    pub cc: String,
    /// Who gets a copy without the others knowing.
    #[serde(default)]
    #[schemars(title = "BCC")]
    pub bcc: String,
    /// Where answers go, if not to the sender.
    #[serde(default)]
    #[schemars(title = "Reply to")]
    pub reply_to: String,
    #[serde(default)]
    #[schemars(title = "Subject")]
    pub subject: String,
    /// What the message is written in.
    #[serde(default)]
    #[schemars(title = "Format")]
    pub format: Format,
    /// The message as plain text.
    #[serde(default)]
    #[schemars(title = "Text", extend("x-widget" = "text", "x-show-if" = { "format": ["text", "both"] }))]
    pub text: String,
    /// The message as HTML.
    #[serde(default)]
    #[schemars(title = "HTML", extend("x-widget" = "code", "x-language" = "html", "x-show-if" = { "format": ["html", "both"] }))]
    pub html: String,
    /// Names of the item's attachments, with commas.
    #[serde(default)]
    #[schemars(title = "Attachments", extend("x-placeholder" = "data"))]
    pub attachments: String,
    /// More headers.
    #[serde(default)]
    #[schemars(title = "Headers", extend("x-widget" = "list", "x-group" = "options"))]
    pub headers: Vec<Header>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    #[default]
    Text,
    Html,
    /// Text and HTML; the reader's program shows the one that it prefers.
    Both,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    #[schemars(title = "Name", length(min = 1), extend("x-placeholder" = "X-Priority"))]
    pub name: String,
    #[schemars(title = "Value")]
    pub value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    message_id: String,
    accepted: Vec<String>,
}

fn run(params: &Params, item: Item, _context: &Context) -> Result<Sent, NodeError> {
    let receipt = send(&message(params, &item)?)?;
    Ok(Sent {
        message_id: receipt.message_id,
        accepted: receipt.accepted,
    })
}

fn message(params: &Params, item: &Item) -> Result<Message, NodeError> {
    let names = params.attachments.split(',').map(str::trim);
    let mut attachments = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        let attachment = item
            .require_attachment(name)
            .map_err(|error| error.at("/attachments"))?;
        let file_name = attachment.file_name.clone().unwrap_or_else(|| name.to_owned());
        attachments.push((file_name, attachment.clone()));
    }
    let headers = params.headers.iter();
    Ok(Message {
        sender: given(&params.from),
        reply_to: given(&params.reply_to).into_iter().collect(),
        to: given(&params.to).into_iter().collect(),
        cc: given(&params.cc).into_iter().collect(),
        bcc: given(&params.bcc).into_iter().collect(),
        subject: params.subject.clone(),
        text: (params.format != Format::Html).then(|| params.text.clone()),
        html: (params.format != Format::Text).then(|| params.html.clone()),
        headers: headers
            .map(|header| (header.name.clone(), header.value.clone()))
            .collect(),
        attachments,
    })
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

each!(run);
