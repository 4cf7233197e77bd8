use std::collections::HashSet;

use serde_json::Value;

use super::parts::{keywords, parts, reference};

const DRAFT_2020_12: &str = "https://json-schema.org/draft/2020-12/schema";

/// Levels of schemas, those behind references included. The validator is compiled by recursion: a chain of 2,000 was
/// measured to fit into a stack of 2 MiB without optimisation, 4,000 was not.
const MAX_LEVELS: usize = 1_000;

/// Each may take a megabyte when compiled.
const MAX_PATTERNS: usize = 100;

/// Refuses what cannot be bounded later.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let draft = schema
        .get("$schema")
        .map(|draft| draft.as_str().unwrap_or_default());
    if draft.is_some_and(|draft| draft.trim_end_matches('#') != DRAFT_2020_12) {
        return Err(format!("`$schema` must be `{DRAFT_2020_12}`"));
    }
    let mut walk = Walk {
        root: schema,
        targets: vec![schema],
        seen: HashSet::new(),
        patterns: 0,
    };
    walk.seen.insert(std::ptr::from_ref(schema));
    let (mut next, mut levels) = (0, 0);
    while let Some(target) = walk.targets.get(next).copied() {
        levels += walk.levels(target)?;
        next += 1;
        if levels > MAX_LEVELS {
            return Err(format!(
                "the schema, with what it refers to, has more than {MAX_LEVELS} levels"
            ));
        }
    }
    if walk.patterns > MAX_PATTERNS {
        return Err(format!("the schema has more than {MAX_PATTERNS} patterns"));
    }
    Ok(())
}

struct Walk<'s> {
    root: &'s Value,
    /// The schema itself and what references point at, each once.
    targets: Vec<&'s Value>,
    seen: HashSet<*const Value>,
    patterns: usize,
}

impl<'s> Walk<'s> {
    /// The depth of `schema`, references not followed but noted.
    fn levels(&mut self, schema: &'s Value) -> Result<usize, String> {
        let Value::Object(members) = schema else {
            return Ok(1);
        };
        let is_root = std::ptr::eq(schema, self.root);
        for keyword in [
            "$dynamicRef",
            "$dynamicAnchor",
            "$recursiveRef",
            "$recursiveAnchor",
            "$anchor",
            "$id",
        ] {
            if members.contains_key(keyword) && !(is_root && keyword == "$id") {
                return Err(format!(
                    "the keyword `{keyword}` is not supported: refer by `$ref` to `#/$defs/name`"
                ));
            }
        }
        self.patterns += usize::from(members.contains_key("pattern"));
        self.patterns += members
            .get("patternProperties")
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len);
        if let Some(target) = reference(self.root, members) {
            let target = target?;
            if self.seen.insert(std::ptr::from_ref(target)) {
                self.targets.push(target);
            }
        }
        let mut deepest = 0;
        for (keyword, _, value) in keywords(members) {
            for (_, part) in parts(keyword, value) {
                deepest = deepest.max(self.levels(part)?);
            }
        }
        Ok(deepest + 1)
    }
}
