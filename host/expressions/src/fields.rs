//! Looking into JSON text without building values.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The text holds something that cannot be represented, such as half of a surrogate pair.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// The members of an object. A key that stands twice counts as it does in JavaScript: the last one.
pub(crate) struct Fields<'j>(Vec<(Cow<'j, str>, &'j str)>);

impl<'j> Fields<'j> {
    pub(crate) fn of(object: &'j str) -> Result<Self, Unreadable> {
        read(object, Members).map(Self)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'j str> {
        self.0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| *value)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

/// The value of one member of an object.
pub(crate) fn member<'j>(object: &'j str, key: &str) -> Result<Option<&'j str>, Unreadable> {
    read(object, Member(key))
}

/// One element of an array.
pub(crate) fn element(array: &str, index: usize) -> Result<Option<&str>, Unreadable> {
    let found = Cell::new(None);
    let outcome = read(array, Element { index, found: &found });
    // The deserializer is not pleased that the rest is left unread. It was checked when it came in.
    if found.get().is_none() {
        outcome?;
    }
    Ok(found.get())
}

/// Number of elements of an array.
pub(crate) fn count(array: &str) -> Result<usize, Unreadable> {
    read(array, Count)
}

/// What a JSON string says.
pub(crate) fn string(text: &str) -> Result<Cow<'_, str>, Unreadable> {
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if inside.contains('\\') {
        serde_json::from_str(text).map(Cow::Owned).map_err(|_| Unreadable)
    } else {
        Ok(Cow::Borrowed(inside))
    }
}

fn read<'j, V: Visitor<'j>>(text: &'j str, visitor: V) -> Result<V::Value, Unreadable> {
    serde_json::Deserializer::from_str(text)
        .deserialize_any(visitor)
        .map_err(|_| Unreadable)
}

struct Members;

impl<'j> Visitor<'j> for Members {
    type Value = Vec<(Cow<'j, str>, &'j str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key_seed(Key)? {
            members.push((key, map.next_value::<&RawValue>()?.get()));
        }
        Ok(members)
    }
}

struct Member<'k>(&'k str);

impl<'j> Visitor<'j> for Member<'_> {
    type Value = Option<&'j str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key_seed(Key)? {
            if key == self.0 {
                found = Some(map.next_value::<&RawValue>()?.get());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct Element<'f, 'j> {
    index: usize,
    found: &'f Cell<Option<&'j str>>,
}

impl<'j> Visitor<'j> for Element<'_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<(), A::Error> {
        for _ in 0..self.index {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        self.found
            .set(items.next_element::<&RawValue>()?.map(RawValue::get));
        Ok(())
    }
}

struct Count;

impl<'j> Visitor<'j> for Count {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut items: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

/// A key, borrowed unless it holds escapes.
struct Key;

impl<'j> DeserializeSeed<'j> for Key {
    type Value = Cow<'j, str>;

    fn deserialize<D: Deserializer<'j>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl<'j> Visitor<'j> for Key {
    type Value = Cow<'j, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'j str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
