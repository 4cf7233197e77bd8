use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::output::json_text;
use crate::path::Segment;
use crate::{NodeError, Path};

/// The most elements by which setting an index may lengthen an array.
const MAX_GROWTH: usize = 10_000;

/// A JSON object for editing. Fields keep their order, and what is not touched keeps its bytes: numbers beyond
/// 2^53, escapes and white space stay as they were.
#[derive(Debug, Clone, Default)]
pub struct Object<'a> {
    fields: Vec<(Cow<'a, str>, Slot<'a>)>,
}

#[derive(Debug, Clone)]
enum Slot<'a> {
    /// JSON text.
    Text(Cow<'a, str>),
    Object(Object<'a>),
    Array(Vec<Slot<'a>>),
}

/// An index far beyond an array's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexTooFar(pub usize);

impl fmt::Display for IndexTooFar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "index {} lies more than {MAX_GROWTH} elements behind the end of its array",
            self.0
        )
    }
}

impl std::error::Error for IndexTooFar {}

impl<'a> Object<'a> {
    /// # Errors
    ///
    /// If `text` is not a JSON object.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(key, _)| key.as_ref())
    }

    /// Names and JSON texts, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.fields.iter().map(|(key, slot)| (key.as_ref(), slot.text()))
    }

    /// JSON text of the value at `path`.
    pub fn get(&self, path: &Path) -> Option<Cow<'_, str>> {
        get(self.field(&path.segments()[0].key())?, &path.segments()[1..])
    }

    /// JSON text of one field.
    pub fn get_field(&self, key: &str) -> Option<Cow<'_, str>> {
        self.field(key).map(Slot::text)
    }

    /// Puts a JSON text at `path`. Objects and arrays on the way are made where they are missing; a scalar on the way
    /// gives place to an object.
    ///
    /// # Errors
    ///
    /// If an index lies far behind the end of its array.
    pub fn set(&mut self, path: &Path, json: impl Into<Cow<'a, str>>) -> Result<(), IndexTooFar> {
        let (first, rest) = (&path.segments()[0], &path.segments()[1..]);
        let slot = self.slot(&first.key());
        set(slot, rest, Slot::Text(json.into()))
    }

    pub fn set_field(&mut self, key: &str, json: impl Into<Cow<'a, str>>) {
        *self.slot(key) = Slot::Text(json.into());
    }

    /// Sets one field to any value that serde can serialize.
    ///
    /// # Errors
    ///
    /// `unserializable` if `value` has no JSON form.
    pub fn set_value<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), NodeError> {
        self.set_field(key, json_text(value)?);
        Ok(())
    }

    /// False if there was nothing at `path`.
    pub fn remove(&mut self, path: &Path) -> bool {
        self.take(path.segments()).is_some()
    }

    /// Moves the value at `from` to `to`. Within one object the field keeps its place among the others; a field that
    /// had the new name gives way. False if there was nothing at `from`.
    ///
    /// # Errors
    ///
    /// If an index in `to` lies far behind the end of its array.
    pub fn rename(&mut self, from: &Path, to: &Path) -> Result<bool, IndexTooFar> {
        if from == to {
            return Ok(self.get(from).is_some());
        }
        if let ([Segment::Key(old)], [Segment::Key(new)]) = (from.segments(), to.segments()) {
            return Ok(self.rename_field(old, new));
        }
        let Some(slot) = self.take(from.segments()) else {
            return Ok(false);
        };
        let (first, rest) = (&to.segments()[0], &to.segments()[1..]);
        set(self.slot(&first.key()), rest, slot)?;
        Ok(true)
    }

    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.fields.retain(|(key, _)| keep(key));
    }

    /// The object's JSON text.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.length());
        self.write(&mut text);
        text
    }

    fn field(&self, key: &str) -> Option<&Slot<'a>> {
        self.fields
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, slot)| slot)
    }

    /// The field's slot, made if it is missing.
    fn slot(&mut self, key: &str) -> &mut Slot<'a> {
        let position = self
            .fields
            .iter()
            .position(|(name, _)| name == key)
            .unwrap_or_else(|| {
                self.fields
                    .push((Cow::Owned(key.to_owned()), Slot::Text(Cow::Borrowed("null"))));
                self.fields.len() - 1
            });
        &mut self.fields[position].1
    }

    fn rename_field(&mut self, old: &str, new: &str) -> bool {
        let Some(position) = self.fields.iter().position(|(name, _)| name == old) else {
            return false;
        };
        self.fields[position].0 = Cow::Owned(new.to_owned());
        let mut index = 0;
        self.fields.retain(|(name, _)| {
            index += 1;
            index - 1 == position || name != new
        });
        true
    }

    fn take(&mut self, path: &[Segment]) -> Option<Slot<'a>> {
        let (first, rest) = path.split_first()?;
        let position = self.fields.iter().position(|(name, _)| *name == first.key())?;
        if rest.is_empty() {
            Some(self.fields.remove(position).1)
        } else {
            self.fields[position].1.take(rest)
        }
    }

    /// About the length of the text.
    fn length(&self) -> usize {
        2 + self
            .fields
            .iter()
            .map(|(key, slot)| key.len() + 4 + slot.length())
            .sum::<usize>()
    }

    fn write(&self, text: &mut String) {
        text.push('{');
        for (position, (key, slot)) in self.fields.iter().enumerate() {
            if position > 0 {
                text.push(',');
            }
            write_string(key, text);
            text.push(':');
            slot.write(text);
        }
        text.push('}');
    }
}

impl<'a> Slot<'a> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            _ => {
                let mut text = String::with_capacity(self.length());
                self.write(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Opens text that holds an object or an array. Owned text was put there by the node; it is opened by copying.
    fn open(&mut self) {
        let Self::Text(text) = self else { return };
        let opened = match text {
            Cow::Borrowed(text) => open(text),
            Cow::Owned(text) => open(text).map(Slot::into_owned),
        };
        if let Some(opened) = opened {
            *self = opened;
        }
    }

    fn into_owned<'b>(self) -> Slot<'b> {
        match self {
            Self::Text(text) => Slot::Text(Cow::Owned(text.into_owned())),
            Self::Array(items) => Slot::Array(items.into_iter().map(Slot::into_owned).collect()),
            Self::Object(object) => {
                let fields = object.fields.into_iter();
                let fields = fields
                    .map(|(key, slot)| (Cow::Owned(key.into_owned()), slot.into_owned()))
                    .collect();
                Slot::Object(Object { fields })
            }
        }
    }

    fn take(&mut self, path: &[Segment]) -> Option<Slot<'a>> {
        self.open();
        match self {
            Self::Text(_) => None,
            Self::Object(object) => object.take(path),
            Self::Array(items) => {
                let (first, rest) = path.split_first()?;
                let index = first.index().filter(|index| *index < items.len())?;
                if rest.is_empty() {
                    Some(items.remove(index))
                } else {
                    items[index].take(rest)
                }
            }
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Object(object) => object.length(),
            Self::Array(items) => 2 + items.iter().map(|item| item.length() + 1).sum::<usize>(),
        }
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Text(json) => text.push_str(json),
            Self::Object(object) => object.write(text),
            Self::Array(items) => {
                text.push('[');
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        text.push(',');
                    }
                    item.write(text);
                }
                text.push(']');
            }
        }
    }
}

fn open(text: &str) -> Option<Slot<'_>> {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => Object::parse(text).ok().map(Slot::Object),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            Some(Slot::Array(
                items
                    .into_iter()
                    .map(|item| Slot::Text(Cow::Borrowed(item.get())))
                    .collect(),
            ))
        }
        _ => None,
    }
}

fn get<'s>(slot: &'s Slot<'_>, path: &[Segment]) -> Option<Cow<'s, str>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(slot.text());
    };
    match slot {
        Slot::Object(object) => get(object.field(&first.key())?, rest),
        Slot::Array(items) => get(items.get(first.index()?)?, rest),
        // What is opened only to look inside is copied out and thrown away.
        Slot::Text(text) => {
            let opened = open(text)?;
            get(&opened, path).map(|text| Cow::Owned(text.into_owned()))
        }
    }
}

fn set<'a>(slot: &mut Slot<'a>, path: &[Segment], value: Slot<'a>) -> Result<(), IndexTooFar> {
    let Some((first, rest)) = path.split_first() else {
        *slot = value;
        return Ok(());
    };
    slot.open();
    if matches!(slot, Slot::Text(_)) {
        *slot = match first {
            Segment::Key(_) => Slot::Object(Object::default()),
            Segment::Index(_) => Slot::Array(Vec::new()),
        };
    }
    match slot {
        Slot::Object(object) => set(object.slot(&first.key()), rest, value),
        Slot::Array(items) => {
            let Some(index) = first.index() else {
                *slot = Slot::Object(Object::default());
                return set(slot, path, value);
            };
            if index > items.len() + MAX_GROWTH {
                return Err(IndexTooFar(index));
            }
            if index >= items.len() {
                items.resize(index + 1, Slot::Text(Cow::Borrowed("null")));
            }
            set(&mut items[index], rest, value)
        }
        Slot::Text(_) => Ok(()),
    }
}

/// Writes a JSON string (RFC 8259, section 7).
fn write_string(value: &str, text: &mut String) {
    if value
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
    {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(value).to_string());
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some(Key(key)) = map.next_key()? {
                    let value: &'de RawValue = map.next_value()?;
                    fields.push((key, Slot::Text(Cow::Borrowed(value.get()))));
                }
                Ok(Object { fields })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// Borrowed where the text has no escapes; serde's own `Cow` always copies.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a field name")
            }

            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
