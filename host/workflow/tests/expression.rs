//! The parser of expressions: never panics, and what it prints it reads again.

use monshyflow_workflow::{
    Code, Document, Expression, Literal, Operand, Origin, Path, Pick, Root, Step, Template, TemplateError,
    TemplateNode, TextPart,
};
use proptest::prelude::*;
use serde_json::json;

/// Parameters given as JSON text.
fn parse(params: &str) -> (Template, Vec<TemplateError>) {
    let document =
        format!(r#"{{"name":"a","nodes":[{{"id":"a","name":"a","type":"a@1","params":{params}}}]}}"#);
    let document = Document::parse(document.as_bytes()).expect("a document");
    Template::parse(document.nodes[0].params.as_deref())
}

/// The expressions of a parameter with this text, or what is wrong with it.
fn expressions(text: &str) -> Result<Vec<Expression>, String> {
    let (template, problems) = parse(&json!({"p": text}).to_string());
    match problems.into_iter().next() {
        Some(problem) => Err(problem.message),
        None => Ok(template.expressions().into_iter().cloned().collect()),
    }
}

fn code(source: &str) -> Code {
    let mut all = expressions(&format!("{{{{{source}}}}}")).expect("an expression");
    assert_eq!(all.len(), 1, "{source}");
    all.remove(0).code
}

/// What is understood, printed; or `JavaScript`.
fn understood(source: &str) -> String {
    match code(source) {
        Code::JavaScript(_) => "JavaScript".into(),
        Code::Native(operands) => operands
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ?? "),
    }
}

#[test]
fn paths_and_literals_are_understood() {
    for (source, printed) in [
        ("$json", "$json"),
        (" $json . a\n.b [ 0 ]['c d'] ", r#"$json.a.b[0]["c d"]"#),
        ("$json?.a?.[0]?.['b']", "$json?.a?.[0]?.b"),
        ("$json['a.b'][\"it's\"]", r#"$json["a.b"]["it's"]"#),
        ("$json['0']", "$json[0]"),
        ("$json[-1]", r#"$json["-1"]"#),
        ("$json[1.50]", r#"$json["1.5"]"#),
        ("$json.größe.$x._y.名前", "$json.größe.$x._y.名前"),
        ("$json.default.class.null", "$json.default.class.null"),
        ("$input.item.json.a", "$input.item.json.a"),
        ("$input.first().json", "$input.first().json"),
        ("$input['item'].json", "$input.item.json"),
        (
            "$('A b').last().binary.data.fileName",
            "$('A b').last().binary.data.fileName",
        ),
        ("$( \"It's\" ).item.json.id", r"$('It\'s').item.json.id"),
        ("$('A').all()[0].json.length", "$('A').all()[0].json.length"),
        ("$('A')\n  .first( )\n  ?.json", "$('A').first()?.json"),
        ("$node[\"A\"].json.b", "$('A').item.json.b"),
        ("$node.A.json.b", "$('A').item.json.b"),
        ("$node['A'].first().json.b", "$('A').first().json.b"),
        ("$node['A'].item.json", "$('A').item.json"),
        ("$itemIndex", "$itemIndex"),
        ("$vars", "$vars"),
        ("$vars.total", "$vars.total"),
        ("$vars?.['a b'] ?? 0", "$vars?.[\"a b\"] ?? 0"),
        ("$run.id", "$run.id"),
        ("$workflow['name'].length", "$workflow.name.length"),
        ("$workflow.id", "$workflow.id"),
        ("$json.a ?? 'x' ?? null", r#"$json.a ?? "x" ?? null"#),
        ("$json.a??$json.b", "$json.a ?? $json.b"),
        ("true", "true"),
        ("-12.50e1", "-125"),
        ("0", "0"),
        ("1e21", "1e+21"),
        (
            r#"'a\n\x41\u0042\u{1F600}\'"\
b'"#,
            r#""aₙAB😀'\"b""#,
        ),
        ("'{{ }}'", r#""{{ }}""#),
    ] {
        assert_eq!(understood(source), printed.replace('ₙ', "\\n"), "{source}");
    }
}

#[test]
fn the_rest_is_javascript() {
    for source in [
        "$json.a.trim()",
        "$json.a + 1",
        "$json[$itemIndex]",
        "$json.a b",
        "$json.a()",
        "$json?.a()",
        "$json.map`x`",
        "$now",
        "$today",
        "$input",
        "$input.json",
        "$('A')",
        "$('A').json",
        "$('A').first(0).json",
        "$('A').items",
        "$node",
        "$node['A']",
        "$node['A'].context",
        "$node['A'].json.first()",
        "$node.first().json",
        "$run",
        "$run?.id",
        "$run.url",
        "$itemIndexes",
        "$jsonx",
        "01",
        "1n",
        "1_000",
        "0x10",
        "1.",
        ".5",
        "1.a",
        "1e999",
        "--1",
        "undefined",
        "`a`",
        "'\\ud800'",
        "'\\1'",
        "/}}/.test('a')",
        "$json ? 1 : 2",
        "$json ?.5 : 1",
        "{a: {b: 1}}",
        "[1, [2]]",
        "$json.a || 1",
        "$json.a ?? 1 || 2",
        "(1)",
        "a ?? ",
        "`${ {} }`",
        "$json.\\u0061",
        "/* }} */ 1",
        "'a' // it's }",
        "$json.all().x",
        "$json.first()",
    ] {
        assert_eq!(understood(source), "JavaScript", "{source}");
    }
}

#[test]
fn texts_are_cut_at_the_right_braces() {
    let sources = |text: &str| {
        expressions(text).map(|all| all.iter().map(|one| one.source.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(sources("no {single} } }} braces").unwrap(), Vec::<String>::new());
    assert_eq!(
        sources("a {{ $json.a }} b {{$json.b}}{{ '}}' }}").unwrap(),
        ["$json.a", "$json.b", "'}}'"]
    );
    assert_eq!(sources("{{ {a:{b:1}} }}}").unwrap(), ["{a:{b:1}}"]);
    assert_eq!(
        sources("{{ `a ${ `}}` + {a:'}}'} } }}` }} x").unwrap(),
        ["`a ${ `}}` + {a:'}}'} } }}`"]
    );
    assert_eq!(sources("{{ 4 / 2 }} / {{ a / b }}").unwrap(), ["4 / 2", "a / b"]);
    assert_eq!(
        sources(r"{{ /[/}]}}\//.test($json.a) }}").unwrap(),
        [r"/[/}]}}\//.test($json.a)"]
    );
    assert_eq!(sources("{{ 1 // isn't }} {{ 2 }}").unwrap(), ["1 // isn't", "2"]);
    for (text, message) in [
        (
            "ä {{ $json.a",
            "the expression is never closed: `}}` is missing (after 4 characters)",
        ),
        ("{{   }}", "the expression is empty (after 2 characters)"),
        ("{{ (1] }}", "`]` does not close `(` (after 5 characters)"),
        ("{{ 1) }}", "`)` closes nothing (after 4 characters)"),
        ("{{ a } }}", "`}` closes nothing (after 5 characters)"),
        ("{{ [1 }}", "`}` does not close `[` (after 6 characters)"),
        ("{{ 'a }}", "the string is never closed (after 3 characters)"),
        (
            "{{ `a }}",
            "the template literal is never closed (after 3 characters)",
        ),
        (
            "{{ `a${ 1",
            "the `\u{60}` is never closed, so neither is the expression (after 3 characters)",
        ),
        ("{{ /* a }}", "the comment is never closed (after 3 characters)"),
        (
            "{{ /a }}",
            "the regular expression is never closed (after 3 characters)",
        ),
        ("{{ '\\é", "the string is never closed (after 3 characters)"),
    ] {
        assert_eq!(sources(text).unwrap_err(), message, "{text}");
    }
}

#[test]
fn a_parameter_that_is_one_expression_is_told_from_a_text() {
    let params = r#"{"one": "{{ $json.a }}", "text": " {{ $json.a }}", "brace": "\u007b\u007b 1 }}", "plain": {"deep": [1, "x"]}}"#;
    let (template, problems) = parse(params);
    assert_eq!(problems, []);
    let TemplateNode::Object(members) = template.root() else {
        panic!("an object")
    };
    let of = |name: &str| &members.iter().find(|(key, _)| &**key == name).unwrap().1;
    assert!(matches!(of("one"), TemplateNode::Expression(_)));
    assert!(matches!(of("brace"), TemplateNode::Expression(_)));
    assert!(matches!(of("plain"), TemplateNode::Constant(_)));
    let TemplateNode::Text(parts) = of("text") else {
        panic!("a text")
    };
    assert_eq!(parts[0], TextPart::Text(" ".into()));
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z$_][a-z0-9$_]{0,8}",
        any::<u32>().prop_map(|n| n.to_string()),
        Just("item".into())
    ]
}

fn path() -> impl Strategy<Value = Path> {
    let origin = prop_oneof![Just(Origin::Input), any::<String>().prop_map(Origin::Node)];
    let pick = prop_oneof![
        Just(Pick::Item),
        Just(Pick::First),
        Just(Pick::Last),
        Just(Pick::All)
    ];
    let root = prop_oneof![
        Just(Root::Json),
        (origin, pick).prop_map(|(origin, pick)| Root::Items { origin, pick }),
        Just(Root::ItemIndex),
        Just(Root::RunId),
        Just(Root::WorkflowId),
        Just(Root::WorkflowName),
    ];
    let step = (key(), any::<bool>()).prop_map(|(key, optional)| Step { key, optional });
    (root, prop::collection::vec(step, 0..6)).prop_map(|(root, steps)| Path { root, steps })
}

proptest! {
    #[test]
    fn a_printed_path_reads_as_itself(path in path()) {
        prop_assert_eq!(code(&path.to_string()), Code::Native(vec![Operand::Path(path)]));
    }

    #[test]
    fn a_printed_string_reads_as_itself(text in any::<String>()) {
        let literal = Literal::String(text);
        prop_assert_eq!(code(&literal.to_string()), Code::Native(vec![Operand::Literal(literal)]));
    }

    #[test]
    fn a_printed_number_reads_as_itself(number in prop::num::f64::NORMAL) {
        let literal = Literal::Number(number);
        // JavaScript writes 1e+21 and reads it too.
        prop_assert_eq!(code(&literal.to_string()), Code::Native(vec![Operand::Literal(literal)]));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = expressions(&text);
    }

    #[test]
    fn no_near_miss_makes_it_panic(
        words in prop::collection::vec(
            prop_oneof![
                Just("{{"), Just("}}"), Just("$json"), Just("."), Just("["), Just("]"), Just("'"), Just("\\"), Just("`"), Just("${"),
                Just("/"), Just("*"), Just("é"), Just("0"), Just("$('a')"), Just(".first()"), Just("?."), Just("??"), Just(" ")
            ],
            0..20,
        )
    ) {
        let _ = expressions(&words.concat());
    }
}

/// The schema says where `{{ }}` is plain text.
#[test]
fn literal_texts_hold_no_expressions() {
    let schema = json!({"properties": {"code": {"type": "string", "x-literal": true}}});
    let params = r#"{"code":"return `{{ ${1} }}` // {{","other":"{{ $json.a }}"}"#;
    let params = serde_json::from_str(params).expect("JSON");
    let (template, problems) = Template::parse_with_schema(Some(params), &schema);
    assert_eq!(problems, []);
    let sources: Vec<&str> = template.expressions().iter().map(|one| &*one.source).collect();
    assert_eq!(sources, ["$json.a"]);
    let (_, problems) = Template::parse(Some(params));
    assert_eq!(
        problems.len(),
        1,
        "without the schema it is taken for an expression"
    );
}
