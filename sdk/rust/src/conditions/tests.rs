use serde_json::json;

use super::*;

const STRICT: Matching = Matching {
    case_sensitive: true,
    loose_types: false,
};
const LOOSE: Matching = Matching {
    case_sensitive: false,
    loose_types: true,
};

fn decide(condition: serde_json::Value, matching: Matching) -> Result<bool, String> {
    let condition: Condition =
        serde_json::from_str(&condition.to_string()).map_err(|error| error.to_string())?;
    hold(Combinator::And, &[condition], matching, "/conditions")
        .map_err(|error| format!("{} {}", error.code, error.parameter.unwrap_or_default()))
}

/// Rows of type, left, operation, right, expected.
fn check(matching: Matching, rows: &[(&str, serde_json::Value, &str, serde_json::Value, bool)]) {
    for (kind, left, operation, right, expected) in rows {
        let condition = json!({ "type": kind, "left": left, "operation": operation, "right": right });
        assert_eq!(decide(condition.clone(), matching), Ok(*expected), "{condition}");
    }
}

#[test]
fn texts() {
    check(
        STRICT,
        &[
            ("string", json!("abc"), "equals", json!("abc"), true),
            ("string", json!("abc"), "equals", json!("ABC"), false),
            ("string", json!("abc"), "notEquals", json!("ABC"), true),
            ("string", json!("abc"), "contains", json!("b"), true),
            ("string", json!("abc"), "notContains", json!("b"), false),
            ("string", json!("abc"), "startsWith", json!("ab"), true),
            ("string", json!("abc"), "notStartsWith", json!("ab"), false),
            ("string", json!("abc"), "endsWith", json!("bc"), true),
            ("string", json!("abc"), "notEndsWith", json!("bc"), false),
            ("string", json!("abc"), "regex", json!("^a.c$"), true),
            ("string", json!("abc"), "regex", json!("/^A/i"), true),
            ("string", json!("abc"), "notRegex", json!("^b"), true),
            ("string", json!(""), "empty", json!(null), true),
            ("string", json!(null), "empty", json!(null), true),
            ("string", json!("x"), "notEmpty", json!(null), true),
            ("string", json!(null), "exists", json!(null), false),
            ("string", json!(""), "exists", json!(null), true),
            ("string", json!(null), "notExists", json!(null), true),
            ("string", json!(null), "equals", json!(""), true),
            ("string", json!("äb"), "lengthEquals", json!(2), true),
        ],
    );
    check(
        LOOSE,
        &[
            ("string", json!("STRASSE"), "equals", json!("strasse"), true),
            ("string", json!(5), "equals", json!("5"), true),
            ("string", json!("Abc"), "regex", json!("^abc"), true),
            ("string", json!("a\nB"), "regex", json!("/^b$/m"), true),
        ],
    );
}

#[test]
fn numbers() {
    check(
        STRICT,
        &[
            ("number", json!(1), "equals", json!(1.0), true),
            ("number", json!(1), "notEquals", json!(2), true),
            (
                "number",
                json!(9_007_199_254_740_993_u64),
                "equals",
                json!(9_007_199_254_740_992_u64),
                false,
            ),
            ("number", json!(2), "gt", json!(1.5), true),
            ("number", json!(2), "gte", json!(2), true),
            ("number", json!(-2), "lt", json!(-1), true),
            ("number", json!(2), "lte", json!(1), false),
            ("number", json!(null), "gt", json!(-1), false),
            ("number", json!(null), "empty", json!(null), true),
            ("number", json!(0), "notEmpty", json!(null), true),
            ("number", json!(null), "equals", json!(null), true),
        ],
    );
    check(
        LOOSE,
        &[
            ("number", json!(" 10 "), "gt", json!("9"), true),
            ("number", json!(true), "equals", json!(1), true),
            ("number", json!(" "), "empty", json!(null), true),
        ],
    );
}

#[test]
fn booleans_and_dates() {
    check(
        STRICT,
        &[
            ("boolean", json!(true), "true", json!(null), true),
            ("boolean", json!(false), "false", json!(null), true),
            ("boolean", json!(null), "false", json!(null), true),
            ("boolean", json!(true), "equals", json!(false), false),
            ("boolean", json!(null), "empty", json!(null), true),
            (
                "dateTime",
                json!("2024-03-01"),
                "after",
                json!("2024-02-29T23:59:59Z"),
                true,
            ),
            (
                "dateTime",
                json!("2024-03-01T00:00:00Z"),
                "equals",
                json!("2024-03-01T01:00:00+01:00"),
                true,
            ),
            (
                "dateTime",
                json!(1_709_251_200_000_i64),
                "beforeOrEquals",
                json!("2024-03-01"),
                true,
            ),
            ("dateTime", json!("2024-03-01"), "before", json!(null), false),
            (
                "dateTime",
                json!("2024-03-01"),
                "afterOrEquals",
                json!("2024-03-02"),
                false,
            ),
            ("dateTime", json!(null), "empty", json!(null), true),
        ],
    );
    check(
        LOOSE,
        &[
            ("boolean", json!("Yes"), "true", json!(null), true),
            ("boolean", json!(0), "false", json!(null), true),
            ("dateTime", json!("0"), "equals", json!(0), true),
        ],
    );
}

#[test]
fn lists_objects_and_anything() {
    check(
        STRICT,
        &[
            ("array", json!([1, "a"]), "contains", json!("a"), true),
            ("array", json!([1.0]), "contains", json!(1), true),
            ("array", json!([1]), "notContains", json!(2), true),
            ("array", json!([]), "empty", json!(null), true),
            ("array", json!(null), "lengthEquals", json!(0), true),
            ("array", json!([1, 2]), "lengthGt", json!(1), true),
            ("array", json!([1, 2]), "lengthGte", json!(3), false),
            ("array", json!([1, 2]), "lengthLt", json!(3), true),
            ("array", json!([1, 2]), "lengthLte", json!(2), true),
            ("array", json!([1, 2]), "lengthNotEquals", json!(2), false),
            ("array", json!([1, 2]), "equals", json!([1, 2]), true),
            ("object", json!({}), "empty", json!(null), true),
            ("object", json!({ "a": 1 }), "notEmpty", json!(null), true),
            (
                "object",
                json!({ "a": 1, "b": 2 }),
                "equals",
                json!({ "b": 2, "a": 1 }),
                true,
            ),
            ("any", json!([]), "empty", json!(null), true),
            ("any", json!({ "a": [1] }), "equals", json!({ "a": [1] }), true),
            ("any", json!(0), "notEmpty", json!(null), true),
        ],
    );
    check(
        LOOSE,
        &[
            ("array", json!("[1]"), "contains", json!(1), true),
            ("array", json!(["A"]), "contains", json!("a"), true),
            ("object", json!("{}"), "empty", json!(null), true),
        ],
    );
}

#[test]
fn what_cannot_be_decided_is_named() {
    let fault = |condition| decide(condition, STRICT).unwrap_err();
    assert_eq!(
        fault(json!({ "type": "number", "left": "5", "operation": "gt", "right": 1 })),
        "condition-type /conditions/0/left"
    );
    assert_eq!(
        fault(json!({ "type": "string", "left": "5", "right": 5 })),
        "condition-type /conditions/0/right"
    );
    assert_eq!(
        fault(json!({ "type": "dateTime", "left": "soon", "operation": "after" })),
        "condition-type /conditions/0/left"
    );
    assert_eq!(
        fault(json!({ "type": "boolean", "left": true, "operation": "gt" })),
        "condition-operation /conditions/0/operation"
    );
    assert_eq!(
        fault(json!({ "left": "a", "operation": "regex", "right": "(" })),
        "condition-pattern /conditions/0/right"
    );
    assert_eq!(
        fault(json!({ "type": "array", "left": [1], "operation": "lengthGt", "right": null })),
        "condition-type /conditions/0/right"
    );
    let nested = json!({ "combinator": "or", "conditions": [{ "left": "a", "right": "b" }, { "type": "number", "left": "x" }] });
    assert_eq!(fault(nested), "condition-type /conditions/0/conditions/1/left");
}

#[test]
fn groups_nest() {
    let (yes, no) = (
        json!({ "left": "a", "right": "a" }),
        json!({ "left": "a", "right": "b" }),
    );
    let group = |combinator: &str, conditions: &[&serde_json::Value]| json!({ "combinator": combinator, "conditions": conditions });
    assert_eq!(
        decide(group("or", &[&no, &group("and", &[&yes, &yes])]), STRICT),
        Ok(true)
    );
    assert_eq!(
        decide(group("and", &[&yes, &group("or", &[&no, &no])]), STRICT),
        Ok(false)
    );
    assert_eq!(decide(group("and", &[]), STRICT), Ok(true));
    assert_eq!(decide(group("or", &[]), STRICT), Ok(false));
}
