use std::borrow::Cow;

use monshyflow_items::{Attachment, Item};
use monshyflow_workflow::{Step, array_index};
use serde_json::json;

use crate::fields::{self, Fields, Unreadable};
use crate::{inherited, javascript};

/// A value on the way down a path.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// JavaScript's undefined, and why.
    Undefined(Absent<'a>),
    /// JSON text without space around it.
    Json(&'a str),
    Text(Cow<'a, str>),
    Number(f64),
    Bool(bool),
    Null,
    Item(&'a Item),
    Items(&'a [&'a Item]),
    /// The attachments of an item, by name.
    Binary(&'a Item),
    Attachment(&'a Attachment),
}

/// Why there is nothing.
#[derive(Debug, Clone)]
pub(crate) enum Absent<'a> {
    /// The value before has no such member; it is kept to tell what there is.
    Member { of: Box<Value<'a>>, key: String },
    /// In words.
    Other(String),
}

/// JavaScript would throw a TypeError.
pub(crate) enum Fault {
    Unreadable,
    /// Half of a surrogate pair.
    HalfCharacter,
    /// A name that JavaScript's own objects may have.
    Inherited,
}

impl From<Unreadable> for Fault {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}

impl<'a> Value<'a> {
    /// Neither null nor undefined.
    pub(crate) fn is_something(&self) -> bool {
        !matches!(self, Self::Undefined(_) | Self::Null | Self::Json("null"))
    }

    /// The member that `step` names. Only for values that are something.
    pub(crate) fn member(&self, step: &Step) -> Result<Self, Fault> {
        let key = step.key.as_str();
        let found = match self {
            Self::Undefined(_) | Self::Null | Self::Number(_) | Self::Bool(_) => None,
            Self::Json(text) => match text.as_bytes().first() {
                Some(b'{') => fields::member(text, key)?.map(Self::Json),
                Some(b'[') if key == "length" => Some(Self::Number(fields::count(text)? as f64)),
                Some(b'[') => match array_index(key) {
                    Some(index) => fields::element(text, index)?.map(Self::Json),
                    None => None,
                },
                Some(b'"') => text_member(&fields::string(text)?, key)?,
                _ => None,
            },
            Self::Text(text) => text_member(text, key)?,
            Self::Item(item) => match key {
                "json" => Some(Self::Json(item.json.as_str())),
                "binary" => Some(Self::Binary(item)),
                _ => None,
            },
            Self::Items(items) if key == "length" => Some(Self::Number(items.len() as f64)),
            Self::Items(items) => array_index(key)
                .and_then(|index| items.get(index))
                .map(|item| Self::Item(item)),
            Self::Binary(item) => item
                .attachments()
                .iter()
                .find(|attachment| attachment.name == key)
                .map(Self::Attachment),
            Self::Attachment(attachment) => attachment_member(attachment, key),
        };
        if found.is_none() && self.may_inherit(key) {
            return Err(Fault::Inherited);
        }
        Ok(found.unwrap_or_else(|| {
            Self::Undefined(Absent::Member {
                of: Box::new(self.clone()),
                key: key.to_owned(),
            })
        }))
    }

    fn may_inherit(&self, key: &str) -> bool {
        match self {
            Self::Undefined(_) | Self::Null => false,
            Self::Json(text) if text.starts_with('{') => inherited::by_objects(key),
            Self::Item(_) | Self::Binary(_) | Self::Attachment(_) => inherited::by_objects(key),
            Self::Json(_) | Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Items(_) => {
                inherited::by_others(key)
            }
        }
    }

    /// Names of members, for messages.
    pub(crate) fn names(&self) -> Vec<String> {
        const MOST: usize = 50;
        match self {
            Self::Json(text) if text.starts_with('{') => match Fields::of(text) {
                Ok(fields) => fields.names().take(MOST).map(str::to_owned).collect(),
                Err(Unreadable) => Vec::new(),
            },
            Self::Item(_) => vec!["json".to_owned(), "binary".to_owned()],
            Self::Binary(item) => item
                .attachments()
                .iter()
                .take(MOST)
                .map(|one| one.name.clone())
                .collect(),
            Self::Attachment(_) => ["name", "mediaType", "fileName", "size"]
                .map(str::to_owned)
                .to_vec(),
            _ => Vec::new(),
        }
    }

    /// Appends the JSON text. Nothing for what is undefined.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Self::Undefined(_) => {}
            Self::Json(text) => out.push_str(text),
            Self::Text(text) => write_string(out, text),
            Self::Number(number) => out.push_str(&javascript::number_to_text(*number)),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Null => out.push_str("null"),
            Self::Item(item) => {
                out.push_str("{\"json\":");
                out.push_str(item.json.as_str());
                out.push_str(",\"binary\":");
                Self::Binary(item).write_json(out);
                out.push('}');
            }
            Self::Items(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    Self::Item(item).write_json(out);
                }
                out.push(']');
            }
            Self::Binary(item) => {
                out.push('{');
                for (index, attachment) in item.attachments().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(out, &attachment.name);
                    out.push(':');
                    Self::Attachment(attachment).write_json(out);
                }
                out.push('}');
            }
            Self::Attachment(attachment) => out.push_str(
                &json!({
                    "name": attachment.name, "mediaType": attachment.media_type,
                    "fileName": attachment.file_name, "size": attachment.size,
                })
                .to_string(),
            ),
        }
    }

    /// Appends what JavaScript's `String(value)` gives, but objects and arrays as JSON text, and nothing for what is
    /// undefined.
    pub(crate) fn write_text(&self, out: &mut String) -> Result<(), Fault> {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Json(text) => match text.as_bytes().first() {
                Some(b'"') => out.push_str(&fields::string(text)?),
                Some(b'-' | b'0'..=b'9') => out.push_str(&javascript::number_text(text)),
                _ => out.push_str(text),
            },
            _ => self.write_json(out),
        }
        Ok(())
    }

    /// Holds arrays or objects.
    pub(crate) fn is_nested(&self) -> bool {
        match self {
            Self::Json(text) => text.starts_with(['{', '[']),
            Self::Item(_) | Self::Items(_) | Self::Binary(_) | Self::Attachment(_) => true,
            _ => false,
        }
    }
}

fn text_member(text: &str, key: &str) -> Result<Option<Value<'static>>, Fault> {
    if key == "length" {
        return Ok(Some(Value::Number(javascript::length(text) as f64)));
    }
    match array_index(key).and_then(|index| javascript::code_unit(text, index)) {
        None => Ok(None),
        Some(Ok(c)) => Ok(Some(Value::Text(Cow::Owned(c.to_string())))),
        Some(Err(())) => Err(Fault::HalfCharacter),
    }
}

fn attachment_member<'a>(attachment: &'a Attachment, key: &str) -> Option<Value<'a>> {
    let text = |text: &'a str| Value::Text(Cow::Borrowed(text));
    match key {
        "name" => Some(text(&attachment.name)),
        "mediaType" => Some(text(&attachment.media_type)),
        "fileName" => Some(attachment.file_name.as_deref().map_or(Value::Null, text)),
        "size" => Some(Value::Number(attachment.size as f64)),
        _ => None,
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn write_string(out: &mut String, text: &str) {
    let mut start = 0;
    out.push('"');
    for (at, byte) in text.bytes().enumerate() {
        let escape: &str = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => {
                out.push_str(&text[start..at]);
                out.push_str(&format!("\\u{byte:04x}"));
                start = at + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[start..at]);
        out.push_str(escape);
        start = at + 1;
    }
    out.push_str(&text[start..]);
    out.push('"');
}
