use serde::Serialize;
use serde_json::{Map, Value};

use crate::{date, snippet};

/// What an item tells of an entry. What the feed does not say is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) link: String,
    /// As the feed has it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) pub_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iso_date: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) creator: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) content: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) content_snippet: String,
    /// Where there is more than one text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) guid: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) categories: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enclosure: Option<Enclosure>,
    #[serde(flatten)]
    pub(crate) custom: Map<String, Value>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Enclosure {
    pub(crate) url: String,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub(crate) media_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) length: String,
}

impl Entry {
    /// Adds what follows from the rest.
    pub(crate) fn completed(mut self) -> Self {
        self.iso_date = date::iso(&self.pub_date);
        if self.content.is_empty() {
            self.content = std::mem::take(&mut self.summary);
        } else if self.summary == self.content {
            self.summary.clear();
        }
        self.content_snippet = snippet::of(&self.content);
        self
    }
}
