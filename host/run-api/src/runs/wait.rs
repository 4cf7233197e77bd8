use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

const RESPONSE: &str = "response";

/// What the answer to a start waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Wait {
    /// `false`.
    #[default]
    No,
    /// `true`.
    End,
    /// `"response"`: what the run answers, or its end if it ends before.
    Response,
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl Visitor<'_> for Words {
    type Value = Wait;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false or \"response\"")
    }

    fn visit_bool<E: Error>(self, wait: bool) -> Result<Wait, E> {
        Ok(if wait { Wait::End } else { Wait::No })
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Wait, E> {
        match word {
            RESPONSE => Ok(Wait::Response),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }
}

impl PartialSchema for Wait {
    fn schema() -> RefOr<Schema> {
        let of = |kind| ObjectBuilder::new().schema_type(SchemaType::new(kind));
        let word = of(Type::String).enum_values(Some([RESPONSE]));
        OneOfBuilder::new()
            .item(of(Type::Boolean))
            .item(word)
            .description(Some(
                "Answer when the run has ended, with its result (`true`), or when it has answered or ended (`\"response\"`), and not at once.",
            ))
            .into()
    }
}

impl ToSchema for Wait {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Wait")
    }
}
