//! JSON Schemas made to keep a validator busy. The bound is generous; without one these run for ages or overflow the stack.

use std::time::{Duration, Instant};

use monshyflow_manifest::{Budget, Schema};
use serde_json::{Value, json};

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({"a": inner}))
}

/// Compiles if it may, then validates if it may.
fn try_out(what: &str, schema: &Value, data: &Value) -> Result<usize, String> {
    let start = Instant::now();
    let outcome = Schema::compile(schema).and_then(|schema| {
        let errors = schema
            .errors(data, &mut Budget::default())
            .map_err(|error| error.to_string())?;
        Ok(errors.count())
    });
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "{what}: {took:?}");
    outcome
}

#[test]
fn a_schema_that_refers_to_itself_in_place_ends() {
    for schema in [
        json!({"type": "object", "$ref": "#"}),
        json!({"type": "object", "anyOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        json!({"type": "object", "allOf": [{"$ref": "#"}, {"$ref": "#"}], "not": {"$ref": "#"}}),
        json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
    ] {
        let _ = try_out(&schema.to_string(), &schema, &nested(5));
    }
}

#[test]
fn a_chain_that_doubles_ends() {
    for keyword in ["anyOf", "allOf", "oneOf"] {
        let mut definitions = serde_json::Map::new();
        for level in 0..40 {
            let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
            definitions.insert(format!("d{level}"), json!({keyword: [next, next]}));
        }
        definitions.insert("d40".into(), json!({"type": "string"}));
        let schema = json!({"$defs": definitions, "$ref": "#/$defs/d0"});
        let outcome = try_out(keyword, &schema, &nested(2));
        assert!(outcome.is_err_and(|why| why.contains("too long")), "{keyword}");
    }
}

#[test]
fn recursion_that_doubles_with_the_depth_of_data_ends() {
    for keyword in ["anyOf", "allOf", "oneOf"] {
        let again = json!({"properties": {"a": {"$ref": "#"}}, "required": ["b"]});
        let schema = json!({"type": ["object", "number"], keyword: [again, again]});
        let outcome = try_out(keyword, &schema, &nested(100));
        assert!(outcome.is_err_and(|why| why.contains("too long")), "{keyword}");
        try_out(keyword, &schema, &nested(5)).unwrap();
    }
}

#[test]
fn patterns_take_linear_time() {
    let schema = json!({"pattern": "^(a+)+$"});
    let long = json!(format!("{}!", "a".repeat(100_000)));
    assert_eq!(try_out("pattern", &schema, &long), Ok(1));
    assert!(Schema::compile(&json!({"pattern": "(?=a)b"})).is_err());
    assert!(Schema::compile(&json!({"pattern": "((a{1000}){1000}){1000}"})).is_err());
    let many: Vec<_> = (0..1_000)
        .map(|n| json!({"pattern": format!("a{{{n}}}")}))
        .collect();
    assert!(
        Schema::compile(&json!({"anyOf": many}))
            .unwrap_err()
            .contains("patterns")
    );
}

#[test]
fn long_chains_of_references_are_refused_and_the_longest_allowed_fit_the_stack() {
    for (length, allowed) in [(450, true), (5_000, false)] {
        for inner in ["anyOf", "properties"] {
            let mut definitions = serde_json::Map::new();
            for level in 0..length {
                let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
                let next = if inner == "anyOf" {
                    json!([next])
                } else {
                    json!({"a": next})
                };
                definitions.insert(format!("d{level}"), json!({inner: next}));
            }
            definitions.insert(format!("d{length}"), json!({"type": "string"}));
            let schema = json!({"$defs": definitions, "$ref": "#/$defs/d0"});
            let data = if inner == "anyOf" { json!(1) } else { nested(100) };
            let outcome = try_out(inner, &schema, &data);
            assert_eq!(outcome.is_ok(), allowed, "{length} {inner} {outcome:?}");
        }
    }
}

#[test]
fn copies_of_large_data_for_every_alternative_are_refused() {
    let alternatives: Vec<_> = (0..5_000).map(|_| json!({"type": "string"})).collect();
    let data: Vec<_> = (0..100_000).collect();
    let outcome = try_out("copies", &json!({"anyOf": alternatives}), &json!(data));
    assert!(outcome.is_err_and(|why| why.contains("too long")));
}

#[test]
fn large_honest_data_passes() {
    let schema = json!({
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/$defs/Row%3CA%3E"}}},
        "$defs": {"Row<A>": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}}
    });
    let rows: Vec<_> = (0..100_000).map(|id| json!({"id": id})).collect();
    assert_eq!(try_out("large", &schema, &json!({"rows": rows})), Ok(0));
}

#[test]
fn what_cannot_be_bounded_is_refused() {
    for schema in [
        json!({"$dynamicRef": "#a"}),
        json!({"items": {"$id": "x"}}),
        json!({"$ref": "#/$defs/none"}),
        json!({"$ref": "https://example.com/schema"}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
    ] {
        assert!(Schema::compile(&schema).is_err(), "{schema}");
    }
    Schema::compile(&json!({"properties": {"$ref": {"type": "string"}, "$id": true}})).unwrap();
}
