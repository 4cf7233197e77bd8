use std::cell::Cell;

use monshyflow_expressions::ErrorKind;
use monshyflow_items::{Attachment, Item};
use monshyflow_sandbox::EvaluatorInstance;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::support::{World, evaluator};

const KEYS: &[&str] = &[
    "a",
    "b",
    "c d",
    "ü",
    "length",
    "0",
    "toString",
    "trim",
    "constructor",
    "at",
    "__proto__",
    "json",
];

/// JSON texts, of which a few are nasty.
fn data() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-17",
        "1.50",
        "1e21",
        "1E+2",
        "1e-7",
        "0.1",
        "123456789012345678901234567890",
        "9007199254740993",
        "5e-324",
        "\"\"",
        "\"abc\"",
        "\"Grüße\"",
        "\"😀x\"",
        "\"\\ud83d\"",
        "\"x\\udc00y\"",
        "\"\\u00e9\\n\\\"\"",
        "\"2024-02-29T12:00:00Z\"",
        "\"2024-02-30\"",
        "\"2024-03-31T02:30:00+01:00\"",
        "\"Fri, 29 Mar 2024 18:08:01 +0100\"",
        "\"1711732132990\"",
        "\"{{ $json.a }}\"",
        "[]",
        "{}",
    ]);
    let leaf = leaf.prop_map(str::to_owned);
    let tree = leaf.prop_recursive(4, 40, 4, |inner| {
        let key = prop::sample::select(KEYS.to_vec());
        let array =
            prop::collection::vec(inner.clone(), 0..4).prop_map(|each| format!("[{}]", each.join(",")));
        let object = prop::collection::vec((key, inner), 0..4).prop_map(|each| object(&each));
        prop_oneof![array, object]
    });
    let member = (prop::sample::select(KEYS.to_vec()), tree);
    prop::collection::vec(member, 0..6).prop_map(|each| object(&each))
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn step() -> impl Strategy<Value = String> {
    let key = prop::sample::select(KEYS.to_vec());
    prop_oneof![
        4 => prop::sample::select(vec![".a", ".b", "?.a", "?.b", ".ü", ".length", " . a", "\n?. b"]).prop_map(str::to_owned),
        2 => key.prop_map(|key| format!("[\"{key}\"]")),
        1 => prop::sample::select(vec![".data", ".size", ".fileName", "?.mediaType", ".object"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![".toString", ".trim", "?.constructor", "?.at", ".json"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["[0]", "[1]", "?.[0]", "[7]", "[-1]", "[1.5]", "['01']", "[1e21]"]).prop_map(str::to_owned),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let root = prop::sample::select(vec![
        "$json",
        "$json",
        "$json",
        "$input.item.json",
        "$input.first().json",
        "$input.all()",
        "$('Fetch').item.json",
        "$('Fetch').first().json",
        "$('Fetch').last().json",
        "$('If').first().json",
        "$('If').last()",
        "$('If').all()",
        "$('If').item",
        "$node['If'].first().json",
        "$input.last().json",
        "$input.item.binary",
        "$input.first().binary.data",
        "$('Fetch').item.binary",
        "$('Fetch').item?.json",
        "$('Fetch').all()",
        "$node[\"Fetch\"].json",
        "$('Nobody').first()",
        "$('Nobody').item",
        "$itemIndex",
        "$run.id",
        "$vars",
        "$vars.order",
        "$vars.none",
        "$vars.toString",
        "$vars.missing",
        "$workflow.id",
        "$workflow.name",
    ]);
    (root, prop::collection::vec(step(), 0..4)).prop_map(|(root, steps)| format!("{root}{}", steps.concat()))
}

fn literal() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1e21",
        "1e-7",
        "-1.50",
        "123456789012345678901234567890",
        "0.1",
        "''",
        "'ü😀'",
        "\"a\\n\\x41\\u{1F600}\"",
        "'\\ud83d\\ude00'",
    ]);
    let text = "[a-zA-Z0-9 .,:;!?äöü€😀-]{0,12}".prop_map(|text| format!("'{text}'"));
    prop_oneof![3 => fixed.prop_map(str::to_owned), 1 => text, 1 => any::<i64>().prop_map(|number| number.to_string())]
}

fn expression() -> impl Strategy<Value = String> {
    let operand = prop_oneof![6 => path(), 1 => literal()];
    prop_oneof![
        3 => operand.clone(),
        1 => prop::collection::vec(operand, 2..4).prop_map(|operands| operands.join(" ?? ")),
    ]
}

/// The value for each item, or what kind of error there is.
fn outcome(instance: &EvaluatorInstance, world: &World, text: &str) -> Result<Vec<Value>, ErrorKind> {
    let each = world.each(instance, text).map_err(|error| error.kind)?;
    let mut each: Vec<Value> = each.iter().map(|text| value(text)).collect();
    // Whether it is one for all or one for each, it is the same; brackets make JavaScript of it, which may know less of that.
    each.dedup();
    Ok(each)
}

fn value(text: &str) -> Value {
    // Halves of characters, which no value can hold.
    let whole = ["\\\\ud83d", "\\ud83d", "\\\\udc00", "\\udc00"]
        .iter()
        .fold(text.to_owned(), |text, half| {
            text.replace(half, &format!("[{}]", half.trim_start_matches('\\')))
        });
    let value = if text == "absent" {
        Value::String("absent!".into())
    } else {
        serde_json::from_str(&whole).unwrap()
    };
    match value.as_str().and_then(inside) {
        Some(inside) => serde_json::json!({ "text": plain(inside) }),
        None => plain(value),
    }
}

/// An object or array in a text stands there as in the data, or as JavaScript writes it.
fn inside(text: &str) -> Option<Value> {
    let inside = text.strip_prefix('<')?.strip_suffix('>')?;
    inside
        .starts_with(['{', '['])
        .then(|| serde_json::from_str(inside).ok())
        .flatten()
}

/// With every number as JavaScript has it.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => serde_json::json!(number.as_f64().unwrap() + 0.0),
        Value::Array(each) => each.into_iter().map(plain).collect(),
        Value::Object(each) => each.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

fn attach(item: &mut Item) {
    let file = Attachment {
        name: "data".into(),
        object: "secret-key".into(),
        size: 12,
        media_type: "text/plain".into(),
        file_name: None,
    };
    item.binary = Some(vec![file].into());
}

fn agree(cases: u32, strategy: impl Strategy<Value = (Vec<String>, String)>) {
    let native = evaluator().start();
    let component = evaluator().start();
    let errors = Cell::new(0);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let done = runner.run(&strategy, |(jsons, source)| {
        let jsons: Vec<&str> = jsons.iter().map(String::as_str).collect();
        let mut world = World::of(&jsons);
        attach(&mut world.items[0]);
        attach(&mut world.fetched[1]);
        for (begin, end) in [("", ""), ("<", ">")] {
            let one = outcome(&native, &world, &format!("{begin}{{{{ {source} }}}}{end}"));
            // What stands in brackets is no path for the native evaluator.
            let other = outcome(&component, &world, &format!("{begin}{{{{ ({source}) }}}}{end}"));
            prop_assert_eq!(&one, &other, "{} for {:?}", source, jsons);
            errors.set(errors.get() + u32::from(one.is_err()));
        }
        Ok(())
    });
    done.unwrap();
    assert!(errors.get() < cases * 2, "not everything is an error");
}

pub(crate) fn paths_agree_with_javascript() {
    // The third item comes from none of `Fetch`.
    agree(1_500, (prop::collection::vec(data(), 1..4), expression()));
}

pub(crate) fn literals_agree_with_javascript() {
    agree(200, (Just(vec!["{}".to_owned()]), literal()));
}

/// Where a path alone cannot tell, the evaluator is asked.
pub(crate) fn what_only_javascript_knows() {
    let instance = evaluator().start();
    let world = World::of(&[r#"{"t":"x\ud83dy","e":"😀","n":5,"o":{},"l":[1]}"#]);
    for (text, becomes) in [
        ("{{ $json.t.length }}", Ok("3")),
        ("{{ $json.t[0] }}", Ok("\"x\"")),
        ("{{ $json.t[1] }}", Ok("\"\\ud83d\"")),
        ("{{ $json.e[0] }}", Ok("\"\\ud83d\"")),
        ("<{{ $json.e[0] }}>", Err(ErrorKind::Unreadable)),
        ("{{ $json.n.toFixed }}", Err(ErrorKind::Unserializable)),
        ("{{ $json.o.toString ?? 1 }}", Err(ErrorKind::Unserializable)),
        ("{{ $json.l.map.length }}", Ok("1")),
        ("{{ $json.o.trim ?? 1 }}", Ok("1")),
    ] {
        let outcome = world.one(&instance, text).map_err(|error| error.kind);
        assert_eq!(outcome.as_deref().map_err(|kind| *kind), becomes, "{text}");
    }
}
