//! What parameters become.

use bytes::Bytes;
use monshyflow_expressions::{
    Asked, Emitted, ErrorKind, ExpressionError, MAX_PARAMETER_BYTES, Output, Resolved, Scope, resolve,
};
use monshyflow_items::{Attachment, Item, Json};
use monshyflow_workflow::{Document, Template};
use proptest::prelude::*;
use serde_json::{Value, json};

fn template(params: &Value) -> Template {
    template_of_text(&params.to_string())
}

fn template_of_text(params: &str) -> Template {
    let document =
        format!(r#"{{"name":"a","nodes":[{{"id":"a","name":"a","type":"a@1","params":{params}}}]}}"#);
    let document = Document::parse(document.as_bytes()).expect("good input");
    let (template, problems) = Template::parse(document.nodes[0].params.as_deref());
    assert_eq!(problems, []);
    template
}

fn item(json: &str) -> Item {
    Item::new(Json::parse(Bytes::copy_from_slice(json.as_bytes())).expect("good input"))
}

/// A world with one other node, `Fetch`, each of whose items became the item at the same place here.
fn with_scope<T>(items: &[Item], fetched: &[Item], then: impl FnOnce(&Scope<'_>) -> T) -> T {
    let (all, fetched_all): (Vec<&Item>, Vec<&Item>) = (items.iter().collect(), fetched.iter().collect());
    let port = Some(Output::of(&fetched_all));
    let output = |name: &str| (name == "Fetch").then(|| Emitted::only(&port));
    let ancestor = |name: &str, index: usize| fetched.get(index).filter(|_| name == "Fetch");
    then(&Scope {
        node: "Send",
        items,
        first_index: 0,
        input: Output::of(&all),
        input_count: items.len(),
        output: &output,
        ancestor: &ancestor,
        asked: &Asked::default(),
        run_id: "run-1",
        workflow_id: "workflow-1",
        workflow_name: "Orders \"new\"",
        variables: r#"{"count":2,"big":12345678901234567890,"customer":{"name":"Ada"},"nothing":null}"#,
        limit: MAX_PARAMETER_BYTES,
    })
}

/// What one text parameter becomes for one item.
fn one(text: &str, json: &str) -> Result<String, ExpressionError> {
    let template = template(&json!({"p": text}));
    let (items, fetched) = (
        [item(json)],
        [item(r#"{"id":7,"name":"seven"}"#), item(r#"{"id":8}"#)],
    );
    let resolved = with_scope(&items, &fetched, |scope| resolve(&template, scope))?;
    let text = match resolved {
        Resolved::Shared(json) => json,
        Resolved::PerItem(each) => each.into_iter().next().expect("good input"),
    };
    Ok(text
        .as_str()
        .strip_prefix(r#"{"p":"#)
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or("absent")
        .to_owned())
}

/// Columns, form fields and signed bodies depend on it.
#[test]
fn keys_keep_the_order_of_their_author() {
    let params = r#"{"z":"{{ $json.n }}","a":{"c":1,"b":"{{ $json.o }}"},"2":"x","1":"{{ $json.n }}"}"#;
    let items = [item(r#"{"n":1,"o":{"y":1,"x":2}}"#)];
    let resolved = with_scope(&items, &[], |scope| resolve(&template_of_text(params), scope)).unwrap();
    let Resolved::PerItem(each) = resolved else {
        panic!("it depends on the item")
    };
    let becomes = r#"{"z":1,"a":{"c":1,"b":{"y":1,"x":2}},"2":"x","1":1}"#;
    assert_eq!(each[0].as_str(), becomes);
}

#[test]
fn a_single_expression_keeps_the_value_as_it_stands() {
    let json = r#"{"a":{"b":[1,{"c d":12345678901234567890.10}]},"t":"Gr\u00fc\u00dfe","n":null,"f":false,"e":"😀x","":1,"2":3}"#;
    for (text, becomes) in [
        ("{{ $json.a.b[1]['c d'] }}", "12345678901234567890.10"),
        ("{{ $json.a.b }}", r#"[1,{"c d":12345678901234567890.10}]"#),
        ("{{ $json.t }}", r#""Gr\u00fc\u00dfe""#),
        ("{{ $json.n }}", "null"),
        ("{{ $json.f }}", "false"),
        ("{{ $json[''] }}", "1"),
        ("{{ $json[2] }}", "3"),
        ("{{ $json.a.b.length }}", "2"),
        ("{{ $json.t.length }}", "5"),
        ("{{ $json.e.length }}", "3"),
        ("{{ $json.e[2] }}", r#""x""#),
        ("{{ $json.t[2] }}", r#""ü""#),
        ("{{ $itemIndex }}", "0"),
        ("{{ $run.id }}", r#""run-1""#),
        ("{{ $vars.big }}", "12345678901234567890"),
        ("{{ $vars.customer }}", r#"{"name":"Ada"}"#),
        ("{{ $vars?.count }}", "2"),
        ("{{ $vars['customer'].name }}", r#""Ada""#),
        ("{{ $vars.nothing }}", "null"),
        ("{{ $vars?.missing ?? $vars.count }}", "2"),
        ("{{ $vars.missing ?? 'none' }}", r#""none""#),
        ("{{ $vars?.missing }}", "absent"),
        ("{{ $workflow.name }}", r#""Orders \"new\"""#),
        ("{{ $workflow.id.length }}", "10"),
        ("{{ 'a' }}", r#""a""#),
        ("{{ 1.50 }}", "1.5"),
        ("{{ '{{ $json.a }}' }}", r#""{{ $json.a }}""#),
        ("{{ $input.item.json.f }}", "false"),
        ("{{ $input.first().json.f }}", "false"),
        ("{{ $input.all().length }}", "1"),
        ("{{ $('Fetch').item.json.id }}", "7"),
        ("{{ $('Fetch').last().json.id }}", "8"),
        ("{{ $('Fetch').all()[1].json }}", r#"{"id":8}"#),
        (
            "{{ $('Fetch').all() }}",
            r#"[{"json":{"id":7,"name":"seven"},"binary":{}},{"json":{"id":8},"binary":{}}]"#,
        ),
        ("{{ $node[\"Fetch\"].json.name }}", r#""seven""#),
    ] {
        assert_eq!(one(text, json).unwrap(), becomes, "{text}");
    }
}

#[test]
fn text_around_expressions_is_joined_as_javascript_does() {
    let json = r#"{"s":"a\"\nb","i":1,"big":12345678901234567890123,"f":1.0,"x":1e-7,"z":-0,"n":null,"t":true,"o":{"a":[1]},"l":[1,"x"],"h":1e400}"#;
    for (text, becomes) in [
        ("<{{ $json.s }}>", r#""<a\"\nb>""#),
        ("{{ $json.i }}{{ $json.i }}", r#""11""#),
        (" {{ $json.big }}", r#"" 1.2345678901234568e+22""#),
        (" {{ $json.f }}", r#"" 1""#),
        (" {{ $json.x }}", r#"" 1e-7""#),
        (" {{ $json.z }}", r#"" 0""#),
        (" {{ $json.h }}", r#"" Infinity""#),
        (" {{ $json.n }} {{ $json.t }}", r#"" null true""#),
        (" {{ $json.o }} {{ $json.l }}", r#"" {\"a\":[1]} [1,\"x\"]""#),
        (" {{ 1 }}{{ 'a' }}{{ null }}", r#"" 1anull""#),
        ("\u{1}é{{ $json.i }}", "\"\\u0001é1\""),
    ] {
        assert_eq!(one(text, json).unwrap(), becomes, "{text}");
    }
}

#[test]
fn data_is_never_scanned_for_expressions() {
    let json = r#"{"a":"{{ $run.id }}"}"#;
    assert_eq!(one("{{ $json.a }}", json).unwrap(), r#""{{ $run.id }}""#);
    assert_eq!(one("x {{ $json.a }}", json).unwrap(), r#""x {{ $run.id }}""#);
}

#[test]
fn absence_is_an_error_unless_the_author_allows_it() {
    let json = r#"{"a":{"n":null},"n":null}"#;
    for (text, becomes) in [
        ("{{ $json.x ?? 'else' }}", r#""else""#),
        ("{{ $json.n ?? 5 }}", "5"),
        ("{{ $json.x?.y }}", "absent"),
        ("{{ $json.x?.y.z[0] }}", "absent"),
        ("{{ $json.n?.y ?? null }}", "null"),
        ("{{ $json?.x }}", "absent"),
        ("{{ $json.x ?? $json.n ?? $json.a.n }}", "null"),
        ("{{ $json.x ?? $json.y?.z }}", "absent"),
        ("<{{ $json?.x }}>", r#""<>""#),
        ("{{ $('Nobody').first()?.json.a ?? 0 }}", "0"),
    ] {
        assert_eq!(one(text, json).unwrap(), becomes, "{text}");
    }
    for text in [
        "{{ $json.x }}",
        "{{ $json.x ?? $json.y }}",
        "{{ $json.a.n.x }}",
        "{{ $json.x.y ?? 1 }}",
        "{{ $json?.x.y }}",
        "{{ $json.n.length }}",
        "{{ $('Nobody').first().json }}",
    ] {
        assert_eq!(one(text, json).unwrap_err().kind, ErrorKind::Unresolved, "{text}");
    }
    let list = template(&json!({"l": [1, "{{ $json?.x }}"], "m": "{{ $json?.x }}", "k": 2}));
    let items = [item("{}")];
    let resolved = with_scope(&items, &[], |scope| resolve(&list, scope)).unwrap();
    assert_eq!(
        resolved,
        Resolved::PerItem(vec![Json::from_value(&json!({"l": [1, null], "k": 2}))])
    );
}

#[test]
fn errors_say_what_there_is() {
    let json = r#"{"id":1,"user":{"name":"a"},"list":[1],"n":null,"t":"x","e":{}}"#;
    let message = |text: &str| one(text, json).unwrap_err().to_string();
    for (text, told) in [
        (
            "{{ $json.usr }}",
            "`$json.usr` in parameter /p of `Send` for item 0: no field `usr`; there are `id`, `user`, `list`, `n`, `t`, `e`: did you mean `user`?",
        ),
        (
            "{{ $json.user.nam }}",
            "`$json.user.nam` in parameter /p of `Send` for item 0: no field `nam`; there are `name`: did you mean `name`?",
        ),
        (
            "{{ $vars.cuont }}",
            "`$vars.cuont` in parameter /p of `Send`: no field `cuont`; there are `count`, `big`, `customer`, `nothing`: did you mean `count`?",
        ),
        (
            "{{ $json.usr.name }}",
            "`$json.usr.name` in parameter /p of `Send` for item 0: no field `usr`; there are `id`, `user`, `list`, `n`, `t`, `e`: did you mean `user`? If that may be, write `?.` behind `$json.usr`",
        ),
        (
            "{{ $json.n.a }}",
            "`$json.n.a` in parameter /p of `Send` for item 0: `$json.n` is null, so it has no `a`. If that may be, write `?.` behind `$json.n`",
        ),
        (
            "{{ $json.list[1] }}",
            "`$json.list[1]` in parameter /p of `Send` for item 0: `$json.list` has no element `1`; it is a list of 1",
        ),
        (
            "{{ $json.t.a }}",
            "`$json.t.a` in parameter /p of `Send` for item 0: no `a`; `$json.t` is a text",
        ),
        (
            "{{ $json.e.a }}",
            "`$json.e.a` in parameter /p of `Send` for item 0: no field `a`; `$json.e` is an empty object",
        ),
        (
            "{{ $('Fetch').first().jsn }}",
            "`$('Fetch').first().jsn` in parameter /p of `Send`: no field `jsn`; there are `json`, `binary`: did you mean `json`?",
        ),
        (
            "{{ $('Fetch').item.binary.data }}",
            "`$('Fetch').item.binary.data` in parameter /p of `Send` for item 0: no attachment `data`; the item has none",
        ),
        (
            "{{ $('Nobody').first().json }}",
            "`$('Nobody').first().json` in parameter /p of `Send`: `Nobody` has not run. If that may be, write `?.` behind `$('Nobody').first()`",
        ),
        (
            "{{ $json.t.trim() }}",
            "`$json.t.trim()` in parameter /p of `Send` for item 0: this is JavaScript, and the server has no evaluator: `lib/expressions.wasm` is missing in its folder of nodes",
        ),
    ] {
        assert_eq!(message(text), told);
    }
    assert_eq!(
        *one("{{ $json.usr }}", json).unwrap_err().available,
        ["id", "user", "list", "n", "t", "e"]
    );
}

#[test]
fn names_of_builtin_members_are_no_fields() {
    for key in ["toString", "constructor", "__proto__", "hasOwnProperty"] {
        assert!(one(&format!("{{{{ $json.{key} }}}}"), "{}").is_err());
        assert_eq!(
            one(&format!("{{{{ $json.{key} }}}}"), &format!(r#"{{"{key}":1}}"#)).unwrap(),
            "1"
        );
    }
    assert!(one("{{ $json.a.map }}", r#"{"a":[]}"#).is_err());
    assert!(one("{{ $json.a['01'] }}", r#"{"a":[1,2]}"#).is_err());
    assert!(one("{{ $json.a[-1] }}", r#"{"a":[1,2]}"#).is_err());
}

#[test]
fn halves_of_characters_are_errors_not_guesses() {
    let json = r#"{"e":"😀","half":"\ud800"}"#;
    assert_eq!(
        one("{{ $json.e[0] }}", json).unwrap_err().kind,
        ErrorKind::Unreadable
    );
    assert_eq!(
        one("x{{ $json.half }}", json).unwrap_err().kind,
        ErrorKind::Unreadable
    );
    assert_eq!(one("{{ $json.half }}", json).unwrap(), r#""\ud800""#);
}

#[test]
fn the_last_of_two_equal_keys_counts_as_in_javascript() {
    assert_eq!(one("{{ $json.a }}", r#"{"a":1,"\u0061":2}"#).unwrap(), "2");
    assert_eq!(one("{{ $json.o.a }}", r#"{"o":{"a":1,"a":2}}"#).unwrap(), "2");
}

#[test]
fn attachments_can_be_looked_at() {
    let mut with_file = item("{}");
    with_file.binary = Some(
        vec![Attachment {
            name: "data".into(),
            object: "secret-key".into(),
            size: 12,
            media_type: "application/pdf".into(),
            file_name: Some("a.pdf".into()),
        }]
        .into(),
    );
    let template = template(&json!({
        "name": "{{ $input.item.binary.data.fileName }}", "size": "{{ $input.item.binary.data.size }}",
        "all": "{{ $input.item.binary }}"}));
    let resolved = with_scope(&[with_file], &[], |scope| resolve(&template, scope)).unwrap();
    let Resolved::PerItem(each) = resolved else {
        panic!("depends on the item")
    };
    assert_eq!(
        each[0].to_value().unwrap(),
        json!({"name": "a.pdf", "size": 12, "all": {"data":
            {"name": "data", "mediaType": "application/pdf", "fileName": "a.pdf", "size": 12}}})
    );
}

#[test]
fn parameters_are_shared_unless_an_expression_depends_on_the_item() {
    let items = [item(r#"{"a":1}"#), item(r#"{"a":2}"#)];
    let shared = template(
        &json!({"a": "{{ $input.first().json.a }}", "b": "{{ $run.id }}", "c": "{{ $vars.count }}"}),
    );
    assert!(!shared.depends_on_item());
    let resolved = with_scope(&items, &[], |scope| resolve(&shared, scope)).unwrap();
    assert_eq!(
        resolved,
        Resolved::Shared(Json::from_value(&json!({"a": 1, "b": "run-1", "c": 2})))
    );
    let each =
        template(&json!({"a": "{{ $json.a }}", "i": "{{ $itemIndex }}", "f": "{{ $input.first().json.a }}"}));
    let resolved = with_scope(&items, &[], |scope| {
        resolve(
            &each,
            &Scope {
                first_index: 10,
                ..*scope
            },
        )
    })
    .unwrap();
    let expected = [json!({"a": 1, "i": 10, "f": 1}), json!({"a": 2, "i": 11, "f": 1})];
    assert_eq!(
        resolved,
        Resolved::PerItem(expected.iter().map(Json::from_value).collect())
    );
    let error = with_scope(&[item(r#"{"a":1}"#), item("{}")], &[], |scope| {
        resolve(&each, scope)
    })
    .unwrap_err();
    assert_eq!(error.item, Some(1));
}

#[test]
fn results_are_bounded() {
    let items: Vec<Item> = (0..1_000)
        .map(|_| item(&format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000))))
        .collect();
    for text in [
        "{{ $input.all() }} {{ $itemIndex }}",
        "{{ $json.a }}",
        "{{ $json.a }}{{ $json.a }}",
    ] {
        let template = template(&json!({"p": text}));
        let error = with_scope(&items, &[], |scope| {
            resolve(
                &template,
                &Scope {
                    limit: 500_000,
                    ..*scope
                },
            )
        })
        .unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge, "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let params = (0..100).fold(json!("{{ $json.a }}"), |inner, _| json!([inner]));
    let deep = [item(&format!(r#"{{"a":{deep}}}"#))];
    let template = template(&params);
    let error = with_scope(&deep, &[], |scope| resolve(&template, scope)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
}

#[test]
fn items_that_were_not_loaded_are_not_taken_for_none() {
    let template = template(&json!({"p": "{{ $input.all() }}"}));
    let error = with_scope(&[], &[], |scope| {
        resolve(
            &template,
            &Scope {
                input: Output {
                    all: None,
                    ..scope.input
                },
                ..*scope
            },
        )
    });
    assert_eq!(error.unwrap_err().kind, ErrorKind::NotLoaded);
}

#[test]
fn constants_keep_their_text() {
    let template = template_of_text(r#"{"big": 12345678901234567890123, "e": 1.0e5}"#);
    let resolved = with_scope(&[], &[], |scope| resolve(&template, scope)).unwrap();
    let Resolved::Shared(json) = resolved else {
        panic!("nothing depends on the item")
    };
    assert_eq!(json.as_str(), r#"{"big": 12345678901234567890123, "e": 1.0e5}"#);
}

#[test]
fn each_code_has_a_page() {
    for kind in ErrorKind::ALL {
        let page = format!(
            "{}/../../docs/errors/{}.md",
            env!("CARGO_MANIFEST_DIR"),
            kind.code()
        );
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert!(
            text.starts_with(&format!("# {}\n", kind.code())),
            "{page} begins with its code"
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// A way into `value`, as a path.
fn way(value: &Value, choices: &[prop::sample::Index]) -> (String, Value) {
    let (mut path, mut at) = ("$json".to_owned(), value);
    for choice in choices {
        match at {
            Value::Array(items) if !items.is_empty() => {
                let index = choice.index(items.len());
                path.push_str(&format!("[{index}]"));
                at = &items[index];
            }
            Value::Object(fields) if !fields.is_empty() => {
                let (key, field) = fields.iter().nth(choice.index(fields.len())).expect("good input");
                path.push_str(&format!("[{}]", Value::from(key.as_str())));
                at = field;
            }
            _ => break,
        }
    }
    (path, at.clone())
}

proptest! {
    #[test]
    fn whatever_is_there_is_found(value in any_json(), choices in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let (path, found) = way(&value, &choices);
        let template = template(&json!(format!("{{{{{path}}}}}")));
        let items = [Item::new(Json::from_value(&value))];
        let resolved = with_scope(&items, &[], |scope| resolve(&template, scope)).unwrap();
        let Resolved::PerItem(each) = resolved else { panic!("depends on the item") };
        prop_assert_eq!(each[0].as_str(), found.to_string());
    }

    #[test]
    fn any_text_is_joined_and_comes_back_whole(before in "[^{]*", text in any::<String>(), after in "[^{]*") {
        let template = template(&json!(format!("{before}{{{{ $json.t }}}} {after}")));
        let items = [Item::new(Json::from_value(&json!({"t": text})))];
        let resolved = with_scope(&items, &[], |scope| resolve(&template, scope)).unwrap();
        let Resolved::PerItem(each) = resolved else { panic!("depends on the item") };
        prop_assert_eq!(each[0].to_value().unwrap(), json!(format!("{before}{text} {after}")));
    }

    #[test]
    fn no_path_into_any_data_panics(value in any_json(), path in "\\$json(\\.[a-z]{1,3}|\\[[0-9]{1,3}\\]|\\?\\.[a-z]|\\.length){0,4}( \\?\\? 'x')?") {
        let template = template(&json!({"p": format!("x{{{{{path}}}}}")}));
        let items = [Item::new(Json::from_value(&value))];
        let _ = with_scope(&items, &[], |scope| resolve(&template, scope));
    }
}
