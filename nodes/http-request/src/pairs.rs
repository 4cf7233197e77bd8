use std::borrow::Cow;
use std::fmt;

use monshyflow_sdk::RawJson;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Names and values: `[{ "name": "a", "value": 1 }]`, `{ "a": 1, "b": [2, 3] }`, or the JSON text of one of them.
#[derive(Debug, Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    #[schemars(title = "Name", length(min = 1))]
    pub(crate) name: String,
    #[serde(default)]
    #[schemars(title = "Value")]
    pub(crate) value: RawJson,
}

/// How the values of a list get their names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueryLists {
    /// `a=1&a=2`
    #[default]
    Repeat,
    /// `a[]=1&a[]=2`
    Brackets,
    /// `a[0]=1&a[1]=2`
    Indices,
}

impl Pairs {
    /// A list gives its name several times; null gives none.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, String)> {
        self.pairs.iter().flat_map(|pair| {
            let values = match pair.value.to::<Vec<RawJson>>() {
                Ok(values) => values.iter().filter_map(text).collect(),
                Err(_) => Vec::from_iter(text(&pair.value)),
            };
            values.into_iter().map(|value| (pair.name.as_str(), value))
        })
    }
}

/// A value as it stands in a URL, a header or a form: characters of a string, JSON text of anything else, none for null.
pub(crate) fn text(value: &RawJson) -> Option<String> {
    if value.is_null() {
        return None;
    }
    Some(value.as_string().unwrap_or_else(|| value.text().to_owned()))
}

impl QueryLists {
    /// Names and values for a URL.
    pub(crate) fn texts(self, pairs: &Pairs) -> impl Iterator<Item = (String, String)> {
        pairs.pairs.iter().flat_map(move |pair| {
            let Ok(values) = pair.value.to::<Vec<RawJson>>() else {
                let single = text(&pair.value).map(|value| (pair.name.clone(), value));
                return Vec::from_iter(single);
            };
            let texts = values.iter().filter_map(text).enumerate();
            let named = texts.map(|(index, value)| (self.name(&pair.name, index), value));
            named.collect()
        })
    }

    fn name(self, name: &str, index: usize) -> String {
        match self {
            Self::Repeat => name.to_owned(),
            Self::Brackets => format!("{name}[]"),
            Self::Indices => format!("{name}[{index}]"),
        }
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;

        impl<'de> Visitor<'de> for AnyForm {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of names and values, or an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = list.next_element()? {
                    pairs.push(pair);
                }
                Ok(Pairs { pairs })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry()? {
                    pairs.push(Pair { name, value });
                }
                Ok(Pairs { pairs })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Pairs, E> {
                if text.trim().is_empty() {
                    return Ok(Pairs::default());
                }
                let starts_well = text.trim_start().starts_with(['{', '[']);
                let parsed = if starts_well {
                    serde_json::from_str(text).ok()
                } else {
                    None
                };
                parsed.ok_or_else(|| {
                    E::custom("the text is not JSON of an object, or of a list of names and values")
                })
            }

            fn visit_unit<E: Error>(self) -> Result<Pairs, E> {
                Ok(Pairs::default())
            }
        }

        deserializer.deserialize_any(AnyForm)
    }
}

impl JsonSchema for Pairs {
    fn schema_name() -> Cow<'static, str> {
        "Pairs".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "type": "array", "items": generator.subschema_for::<Pair>() },
                { "type": "object" },
                { "type": "string" },
            ],
        })
    }
}
