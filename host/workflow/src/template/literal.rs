use serde_json::Value;

/// The keyword of a schema that says: `{{ }}` in this text is plain text, such as the source of a Code node.
const KEYWORD: &str = "x-literal";
/// References and combinations that lead on from one place, at most; a schema may refer to itself.
const MOST_SCHEMAS: usize = 100;

/// The schemas that describe one place in the parameters.
#[derive(Debug, Clone)]
pub(super) struct Described<'s> {
    root: &'s Value,
    schemas: Vec<&'s Value>,
}

impl<'s> Described<'s> {
    pub(super) fn by(root: &'s Value) -> Self {
        Self {
            root,
            schemas: spread(root, vec![root]),
        }
    }

    /// Texts here are taken as they stand.
    pub(super) fn is_literal(&self) -> bool {
        self.schemas.iter().any(|schema| schema[KEYWORD] == true)
    }

    pub(super) fn member(&self, key: &str) -> Self {
        self.below(|schema| match schema["properties"].get(key) {
            Some(member) => Some(member),
            None => schema.get("additionalProperties"),
        })
    }

    pub(super) fn element(&self, index: usize) -> Self {
        self.below(|schema| schema["prefixItems"].get(index).or_else(|| schema.get("items")))
    }

    fn below(&self, step: impl Fn(&'s Value) -> Option<&'s Value>) -> Self {
        let next = self.schemas.iter().filter_map(|schema| step(schema)).collect();
        Self {
            root: self.root,
            schemas: spread(self.root, next),
        }
    }
}

/// With all that they refer to and are combined of.
fn spread<'s>(root: &'s Value, mut schemas: Vec<&'s Value>) -> Vec<&'s Value> {
    let mut done = 0;
    while let Some(schema) = schemas.get(done).copied() {
        done += 1;
        let referred = schema["$ref"]
            .as_str()
            .and_then(|place| place.strip_prefix('#'))
            .and_then(|place| root.pointer(place));
        let combined = ["allOf", "anyOf", "oneOf"]
            .into_iter()
            .filter_map(|word| schema[word].as_array())
            .flatten();
        let chosen = ["then", "else"].into_iter().filter_map(|word| schema.get(word));
        for next in referred.into_iter().chain(combined).chain(chosen) {
            if schemas.len() < MOST_SCHEMAS {
                schemas.push(next);
            }
        }
    }
    schemas
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn literals_are_found_wherever_a_schema_may_say_so() {
        let schema = json!({
            "properties": {
                "code": { "type": "string", "x-literal": true },
                "plain": { "type": "string" },
                "either": { "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/Source" }] },
                "list": { "items": { "$ref": "#/$defs/Source" } },
                "map": { "additionalProperties": { "properties": { "a": { "x-literal": true } } } },
                "self": { "$ref": "#" }
            },
            "oneOf": [{ "properties": { "query": { "x-literal": true } } }],
            "$defs": { "Source": { "x-literal": true } }
        });
        let root = Described::by(&schema);
        for literal in [
            root.member("code"),
            root.member("either"),
            root.member("list").element(3),
            root.member("map").member("any").member("a"),
            root.member("self").member("self").member("code"),
            root.member("query"),
        ] {
            assert!(literal.is_literal(), "{literal:?}");
        }
        for other in [
            root.clone(),
            root.member("plain"),
            root.member("list"),
            root.member("new"),
            root.element(0),
        ] {
            assert!(!other.is_literal(), "{other:?}");
        }
    }
}
