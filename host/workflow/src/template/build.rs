use std::fmt;

use monshyflow_strict_json::Pointer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::literal::Described;
use super::{Template, TemplateNode, TextPart};
use crate::Expression;
use crate::expression::{Piece, pieces};

/// A text in the parameters whose `{{ }}` cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// JSON Pointer from the parameters on.
    pub pointer: String,
    /// For people.
    pub message: String,
}

impl Template {
    /// Parses every text in `params`, JSON that was read as part of a document. Texts with problems become null.
    pub fn parse(params: Option<&RawValue>) -> (Self, Vec<TemplateError>) {
        Self::parse_with_schema(params, &Value::Null)
    }

    /// The same for parameters that a JSON Schema describes: texts that it calls literal (`x-literal`) hold no expressions.
    pub fn parse_with_schema(params: Option<&RawValue>, schema: &Value) -> (Self, Vec<TemplateError>) {
        let mut build = Build {
            at: Pointer::default(),
            problems: Vec::new(),
        };
        let root = match params {
            Some(params) => build.node(params, &Described::by(schema)),
            None => TemplateNode::Constant("{}".into()),
        };
        (Self::new(root), build.problems)
    }
}

struct Build {
    at: Pointer,
    problems: Vec<TemplateError>,
}

impl Build {
    fn node(&mut self, raw: &RawValue, described: &Described<'_>) -> TemplateNode {
        let text = raw.get();
        // An escape may spell a brace.
        if !text.contains("{{") && !text.contains("\\u") || described.is_literal() {
            return TemplateNode::Constant(text.into());
        }
        let node = match text.as_bytes().first() {
            Some(b'{') => self.object(text, described),
            Some(b'[') => self.array(text, described),
            Some(b'"') => serde_json::from_str::<String>(text)
                .ok()
                .and_then(|string| self.string(&string)),
            _ => None,
        };
        node.unwrap_or_else(|| TemplateNode::Constant(text.into()))
    }

    /// `None` if there is no expression in it.
    fn object(&mut self, text: &str, described: &Described<'_>) -> Option<TemplateNode> {
        let entries = serde_json::Deserializer::from_str(text)
            .deserialize_map(Entries)
            .ok()?;
        let members: Vec<(Box<str>, TemplateNode)> = entries
            .into_iter()
            .map(|(key, value)| {
                self.at.push(&key);
                let member = self.node(value, &described.member(&key));
                self.at.pop();
                (key.into(), member)
            })
            .collect();
        let all_constant = members
            .iter()
            .all(|(_, member)| matches!(member, TemplateNode::Constant(_)));
        (!all_constant).then_some(TemplateNode::Object(members))
    }

    fn array(&mut self, text: &str, described: &Described<'_>) -> Option<TemplateNode> {
        let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            self.at.push_index(index);
            items.push(self.node(value, &described.element(index)));
            self.at.pop();
        }
        let all_constant = items.iter().all(|item| matches!(item, TemplateNode::Constant(_)));
        (!all_constant).then_some(TemplateNode::Array(items))
    }

    fn string(&mut self, text: &str) -> Option<TemplateNode> {
        let pieces = match pieces(text) {
            Ok(pieces) => pieces,
            Err(error) => {
                let pointer = self.at.to_string();
                let message = format!("{} (after {} characters)", error.message, error.offset);
                self.problems.push(TemplateError { pointer, message });
                return Some(TemplateNode::Constant("null".into()));
            }
        };
        match pieces.as_slice() {
            [] | [Piece::Text(_)] => None,
            [Piece::Expression(source)] => Some(TemplateNode::Expression(Expression::new(
                source,
                self.at.as_str(),
            ))),
            parts => Some(TemplateNode::Text(
                parts.iter().map(|part| self.part(part)).collect(),
            )),
        }
    }

    fn part(&self, piece: &Piece<'_>) -> TextPart {
        match piece {
            Piece::Text(text) => TextPart::Text((*text).into()),
            Piece::Expression(source) => TextPart::Expression(Expression::new(source, self.at.as_str())),
        }
    }
}

/// Members of an object in their order, values untouched.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}
