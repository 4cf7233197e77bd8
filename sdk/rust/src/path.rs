use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// As deep as parsers read JSON.
const MAX_DEPTH: usize = 127;

/// A place in a JSON value: `customer.address[0].city`, `['odd.key'].x`. Ends and indices count from 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A field; in an array, digits are an index too.
    Key(String),
    Index(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPath(String);

impl fmt::Display for InvalidPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}; write it like `customer.orders[0].id` or `['odd.key'].id`",
            self.0
        )
    }
}

impl std::error::Error for InvalidPath {}

impl Path {
    /// # Errors
    ///
    /// If `text` is empty, a bracket is not closed or a field has no name.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = match rest.strip_prefix('[') {
                Some(bracket) => parse_bracket(text, bracket, &mut segments)?,
                None => parse_key(text, rest, segments.is_empty(), &mut segments)?,
            };
        }
        if segments.is_empty() {
            return Err(InvalidPath("the field name is empty".to_owned()));
        }
        if segments.len() > MAX_DEPTH {
            return Err(InvalidPath(format!("the path is deeper than {MAX_DEPTH} fields")));
        }
        Ok(Self { segments })
    }

    /// The field of exactly this name, dots and brackets included.
    pub fn field(name: impl Into<String>) -> Self {
        Self {
            segments: vec![Segment::Key(name.into())],
        }
    }

    /// `text` as a path, or as the name of one field when dots have no meaning.
    ///
    /// # Errors
    ///
    /// As [`Path::parse`].
    pub fn new(text: &str, dots: bool) -> Result<Self, InvalidPath> {
        if dots {
            Self::parse(text)
        } else {
            Ok(Self::field(text))
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The last field's name, under which a value taken from here is known elsewhere.
    pub fn last_key(&self) -> &str {
        let keys = self.segments.iter().rev();
        let mut keys = keys.filter_map(|segment| {
            if let Segment::Key(key) = segment {
                Some(key.as_str())
            } else {
                None
            }
        });
        keys.next().unwrap_or("value")
    }

    pub fn get<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.segments
            .iter()
            .try_fold(value, |value, segment| match value {
                Value::Object(fields) => fields.get(segment.key().as_ref()),
                Value::Array(items) => items.get(segment.index()?),
                _ => None,
            })
    }
}

impl Segment {
    pub(crate) fn key(&self) -> Cow<'_, str> {
        match self {
            Self::Key(key) => Cow::Borrowed(key),
            Self::Index(index) => Cow::Owned(index.to_string()),
        }
    }

    pub(crate) fn index(&self) -> Option<usize> {
        match self {
            Self::Key(key) => key.parse().ok(),
            Self::Index(index) => Some(*index),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(formatter, "[{index}]")?,
                Segment::Key(key) if key.contains(['.', '[', ']']) => write!(formatter, "['{key}']")?,
                Segment::Key(key) if position == 0 => formatter.write_str(key)?,
                Segment::Key(key) => write!(formatter, ".{key}")?,
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Path;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the path of a field")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Path, E> {
                Path::parse(text).map_err(E::custom)
            }
        }

        // Inside of a visitor the error is known to lie here.
        deserializer.deserialize_str(Text)
    }
}

impl schemars::JsonSchema for Path {
    fn schema_name() -> Cow<'static, str> {
        "Path".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "x-widget": "path" })
    }
}

/// `rest` starts behind the opening bracket; returns what follows the closing one.
fn parse_bracket<'a>(text: &str, rest: &'a str, segments: &mut Vec<Segment>) -> Result<&'a str, InvalidPath> {
    let unclosed = || InvalidPath(format!("`{text}` has a bracket that is not closed"));
    let quote = rest
        .chars()
        .next()
        .filter(|quote| *quote == '\'' || *quote == '"');
    if let Some(quote) = quote {
        let (key, rest) = rest[1..].split_once(quote).ok_or_else(unclosed)?;
        segments.push(Segment::Key(key.to_owned()));
        return rest.strip_prefix(']').ok_or_else(unclosed);
    }
    let (index, rest) = rest.split_once(']').ok_or_else(unclosed)?;
    let index = index.trim().parse();
    segments.push(Segment::Index(index.map_err(|_| {
        InvalidPath(format!(
            "`{text}` has something else than a number or a quoted name in brackets"
        ))
    })?));
    Ok(rest)
}

fn parse_key<'a>(
    text: &str,
    rest: &'a str,
    first: bool,
    segments: &mut Vec<Segment>,
) -> Result<&'a str, InvalidPath> {
    let rest = if first {
        rest
    } else {
        rest.strip_prefix('.').unwrap_or(rest)
    };
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    if end == 0 {
        return Err(InvalidPath(format!("`{text}` has a field without a name")));
    }
    segments.push(Segment::Key(rest[..end].to_owned()));
    Ok(&rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_people_write_them() {
        let check = |text: &str, expected: &[Segment]| {
            assert_eq!(Path::parse(text).unwrap().segments(), expected, "{text}")
        };
        let key = |key: &str| Segment::Key(key.to_owned());
        check("a", &[key("a")]);
        check("a.b[0].c", &[key("a"), key("b"), Segment::Index(0), key("c")]);
        check(
            "['gesmes:Envelope'].Cube.Cube",
            &[key("gesmes:Envelope"), key("Cube"), key("Cube")],
        );
        check("data[\"x.y\"]", &[key("data"), key("x.y")]);
        check("Email address", &[key("Email address")]);
        for wrong in ["", "a.", ".a", "a..b", "a[", "a[x]", "a['b", "a['b'"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn digits_between_dots_find_array_elements() {
        let value = serde_json::json!({ "a": [{ "b": 1 }], "o": { "0": 2 } });
        assert_eq!(Path::parse("a.0.b").unwrap().get(&value), Some(&Value::from(1)));
        assert_eq!(Path::parse("o[0]").unwrap().get(&value), Some(&Value::from(2)));
        assert_eq!(Path::parse("a[1].b").unwrap().get(&value), None);
    }
}
