use monshyflow_expressions::{ErrorKind, Resolved};
use serde_json::{Value, json};

use crate::support::{World, evaluator, item, template};

fn values(resolved: Resolved) -> Vec<Value> {
    match resolved {
        Resolved::Shared(json) => vec![json.to_value().unwrap()],
        Resolved::PerItem(each) => each.iter().map(|json| json.to_value().unwrap()).collect(),
    }
}

pub(crate) fn paths_and_javascript_mix() {
    let world = World::of(&[r#"{"a":1,"big":12345678901234567890}"#, r#"{"a":2,"b":" x "}"#]);
    let params = json!({
        "path": "{{ $json.big ?? 0 }}",
        "sum": "{{ $json.a + 1 }}",
        "text": "{{ $json.a * 2 }}/{{ $itemIndex }}/{{ $json.b?.trim() }}",
        "object": ["{{ ({ of: $json.a, list: [$json.a] }) }}", "{{ $json.b?.trim() }}"],
        "shared": "{{ $now.year }} {{ $vars.limit + $vars.order.tags.length - 1 }} {{ $workflow.name.toUpperCase() }} {{ $prevNode.name }}",
        "gone": "{{ $json.b?.trim() }}",
    });
    let evaluation = world.resolve(&evaluator().start(), &template(&params)).unwrap();
    assert!(evaluation.guest_cpu.as_micros() > 0 && evaluation.peak_memory > 1 << 20);
    assert_eq!(
        values(evaluation.resolved),
        [
            json!({"path": 12345678901234567890_u64, "sum": 2, "text": "2/0/", "object": [{"of": 1, "list": [1]}, null],
                   "shared": "2025 4 ORDERS Fetch"}),
            json!({"path": 0, "sum": 3, "text": "4/1/x", "object": [{"of": 2, "list": [2]}, "x"],
                   "shared": "2025 4 ORDERS Fetch", "gone": "x"}),
        ]
    );
    let shared = world
        .resolve(&evaluator().start(), &template(&json!({ "a": "{{ 1 + 1 }}" })))
        .unwrap();
    assert!(matches!(shared.resolved, Resolved::Shared(json) if json.as_str() == r#"{"a":2}"#));
}

pub(crate) fn items_of_other_nodes_are_there() {
    let (world, instance) = (World::of(&[r#"{"a":1}"#, r#"{"a":2}"#]), evaluator().start());
    for (text, becomes) in [
        ("{{ $('Fetch').first().json.name.toUpperCase() }}", "\"SEVEN\""),
        ("{{ $('Fetch').item.json.id + $json.a }}", "8"),
        ("{{ $('Fetch').all().map(one => one.json.id) }}", "[7,8]"),
        ("{{ $node.Fetch.json.id + 1 }}", "8"),
        ("{{ $('Fet' + 'ch').last().json.id + 1 }}", "9"),
        ("{{ (fetch => fetch.last().json.id)($('Fetch')) }}", "8"),
        ("{{ $items('Fetch').length + $items().length }}", "4"),
        (
            "{{ $('If').first().json.is }} {{ $('If').first(0).json.is }} {{ $node.If.all().length }}",
            "\"false true 2\"",
        ),
        (
            "{{ $items('If').length + $items('If', 1).length * 10 + $('If').all(2).length * 100 }}",
            "21",
        ),
        ("{{ $('If').all($json.a - 1).map(one => one.json.is) }}", "[true]"),
        (
            "{{ $prevNode.name + $prevNode.outputIndex + $prevNode.runIndex }}",
            "\"Fetch21\"",
        ),
        ("{{ $('Nobody').isExecuted ? 1 : 2 }}", "2"),
        ("{{ $('Nobody').first()?.json.a + '' }}", "\"undefined\""),
        ("{{ $input.all().map(one => one.json.a).sum() }}", "3"),
        ("{{ $input.last().json.a + 1 }}", "3"),
    ] {
        assert_eq!(world.one(&instance, text).unwrap(), becomes, "{text}");
    }
}

pub(crate) fn errors_say_where() {
    let (world, instance) = (World::of(&["{}", "{}"]), evaluator().start());
    for (text, kind, message) in [
        (
            "{{ $json.usr.name.trim() }}",
            ErrorKind::Unresolved,
            "no `name`|no field `usr`",
        ),
        ("{{ $json.a + }}", ErrorKind::Syntax, "at line 1"),
        (
            "{{ $('Fetch').first().json.name.foo() }}",
            ErrorKind::Threw,
            "TypeError",
        ),
        ("{{ new Map() }}", ErrorKind::Unserializable, "Object.fromEntries"),
        ("{{ [1n] }}", ErrorKind::Unserializable, "BigInt"),
        (
            "{{ $('Nobdy').first().json.x + 1 }}",
            ErrorKind::Unresolved,
            "did you mean `Nobody`",
        ),
        (
            "{{ (() => {\n throw new Error('\\ud800')\n })() }}",
            ErrorKind::Threw,
            "at line 2, column",
        ),
    ] {
        let error = world.one(&instance, text).unwrap_err();
        assert_eq!(error.kind, kind, "{text}: {error}");
        let said = error.to_string();
        assert!(message.split('|').any(|one| said.contains(one)), "{text}: {said}");
        assert_eq!(&*error.pointer, "/p");
    }
    let error = world.one(&instance, "{{ $json.usr.x() }}").unwrap_err();
    assert_eq!((error.item, error.place.is_some()), (Some(0), true), "{error}");
    let world = World::of(&[r#"{"user":1,"b":2}"#]);
    let error = world.one(&instance, "{{ $json.usr.trim() }}").unwrap_err();
    assert_eq!(*error.available, ["user", "b"]);
}

/// More than one request is needed, and places count over all of them.
pub(crate) fn large_inputs_are_cut() {
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20));
    let mut world = World::of(&[]);
    world.items = (0..9).map(|_| item(&long)).collect();
    let evaluation = world
        .resolve(
            &evaluator().start(),
            &template(&json!("{{ $itemIndex + ':' + $json.a.length }}")),
        )
        .unwrap();
    let expected: Vec<Value> = (0..9)
        .map(|index| json!(format!("{index}:{}", 1 << 20)))
        .collect();
    assert_eq!(values(evaluation.resolved), expected);
}

/// `$item(i)` and `.itemMatching(i)` say what they lack, whatever the expression makes of the error, and see it the next time.
pub(crate) fn items_are_asked_for_by_their_index() {
    let (mut world, instance) = (World::of(&[r#"{"a":5}"#, r#"{"a":6}"#]), evaluator().start());
    (world.first, world.count) = (250, 300);
    let asking = |world: &World, text: &str| {
        let error = world.one(&instance, text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotLoaded, "{text}: {error}");
        let missing = error.missing.unwrap();
        assert!(missing.guest_cpu.as_micros() > 0 && missing.peak_memory > 0);
        let each = missing.items.into_iter().map(|item| (item.node, item.index));
        each.collect::<Vec<_>>()
    };
    let fetch = || Some("Fetch".to_owned());
    for (text, missing) in [
        ("{{ $item(0).$json.a + 1 }}", vec![(None, 0)]),
        (
            "{{ $item($itemIndex - 1).$json.a + $item(299).$json.a }}",
            vec![(None, 249), (None, 299)],
        ),
        (
            "{{ $('Fetch').itemMatching(1)?.json.id ?? 'hidden' }}",
            vec![(fetch(), 1)],
        ),
        (
            "{{ (() => { try { return $item(3).json.a } catch { return 'hidden' } })() }}",
            vec![(None, 3)],
        ),
        ("{{ $item(2).$node['Fetch'].json.id }}", vec![(None, 2)]),
    ] {
        assert_eq!(asking(&world, text), missing, "{text}");
    }
    world
        .asked
        .input
        .extend([(0, item(r#"{"a":1}"#)), (2, item(r#"{"a":3}"#))]);
    let ancestors = [(1, Some(item(r#"{"id":9}"#))), (2, None)];
    world.asked.ancestors.insert("Fetch".to_owned(), ancestors.into());
    for (text, becomes) in [
        ("{{ $item(0).$json.a + $item(250).json.a }}", "6"),
        ("{{ $('Fetch').itemMatching(1)?.json.id ?? 'hidden' }}", "9"),
        ("{{ $item(2).$node['Fetch'] ?? 'none' }}", "\"none\""),
    ] {
        assert_eq!(world.one(&instance, text).unwrap(), becomes, "{text}");
    }
    for text in [
        "{{ $item(300).json.a }}",
        "{{ $('Fetch').itemMatching(-1)?.json.id ?? 1 }}",
    ] {
        let error = world.one(&instance, text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unresolved, "{text}: {error}");
        assert!(error.message.contains("; there are 300"), "{error}");
    }
}
