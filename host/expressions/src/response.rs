//! The evaluator's responses. They are a stranger's text: nothing is built that was not asked for.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

pub(crate) struct Response<'a> {
    pub(crate) shared: Vec<Option<RawCell<'a>>>,
    pub(crate) rows: Vec<Vec<Option<RawCell<'a>>>>,
    /// Items that it lacked; whatever the cells say of that.
    pub(crate) missing: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMissing {
    #[serde(default)]
    pub(crate) node: Option<String>,
    pub(crate) index: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCell<'a> {
    #[serde(rename = "v", borrow, default, deserialize_with = "present")]
    pub(crate) value: Option<&'a RawValue>,
    #[serde(rename = "e", borrow, default)]
    pub(crate) error: Option<Box<RawError<'a>>>,
}

/// Read only when it is told.
#[derive(Deserialize)]
pub(crate) struct RawError<'a> {
    #[serde(borrow, default)]
    pub(crate) kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) line: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) column: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) available: Option<&'a RawValue>,
}

/// `null` is a value, too.
fn present<'de, D: Deserializer<'de>>(source: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(source).map(Some)
}

/// # Errors
///
/// If the text is not a response with exactly so many rows and columns; in words.
pub(crate) fn read(text: &str, rows: usize, columns: usize) -> Result<Response<'_>, String> {
    let mut source = serde_json::Deserializer::from_str(text);
    let response = source
        .deserialize_map(Whole { rows, columns })
        .and_then(|response| source.end().map(|()| response));
    response.map_err(|error| error.to_string())
}

/// The first elements of an array.
pub(crate) fn first(text: &str, most: usize) -> Result<Vec<&RawValue>, serde_json::Error> {
    serde_json::Deserializer::from_str(text).deserialize_seq(First { most })
}

struct Whole {
    rows: usize,
    columns: usize,
}

impl<'de> Visitor<'de> for Whole {
    type Value = Response<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let row = Exactly::of(self.columns, Each(PhantomData::<Option<RawCell<'de>>>));
        let (mut shared, mut rows, mut missing) = (None, None, None);
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "shared" => shared = Some(map.next_value_seed(row)?),
                "items" => rows = Some(map.next_value_seed(Exactly::of(self.rows, row))?),
                "missing" => missing = Some(map.next_value()?),
                _ => return Err(A::Error::custom("a member that no response has")),
            }
        }
        match (shared, rows) {
            (Some(shared), Some(rows)) => Ok(Response {
                shared,
                rows,
                missing,
            }),
            _ => Err(A::Error::custom("a member is missing")),
        }
    }
}

/// A list of that many elements.
#[derive(Clone, Copy)]
struct Exactly<S> {
    count: usize,
    each: S,
}

impl<S> Exactly<S> {
    fn of(count: usize, each: S) -> Self {
        Self { count, each }
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Exactly<S> {
    type Value = Vec<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_seq(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Exactly<S> {
    type Value = Vec<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.count)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::with_capacity(self.count);
        for index in 0..self.count {
            let element = list.next_element_seed(self.each)?;
            elements.push(element.ok_or_else(|| A::Error::invalid_length(index, &self))?);
        }
        match list.next_element::<IgnoredAny>()? {
            None => Ok(elements),
            Some(_) => Err(A::Error::invalid_length(self.count + 1, &self)),
        }
    }
}

struct Each<T>(PhantomData<T>);

impl<T> Clone for Each<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Each<T> {}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Each<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<T, D::Error> {
        T::deserialize(source)
    }
}

struct First {
    most: usize,
}

impl<'de> Visitor<'de> for First {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() < self.most {
            match list.next_element()? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
    }
}
