//! Bodies of loops: which nodes are in them, and what `check` says of those that are none.

mod support;

use insta::assert_snapshot;
use monshyflow_workflow::Workflow;
use serde_json::{Value, json};

use support::{document, node, problems, run_check};

/// Nodes named `start`, `each` and so on by their first edge; the type follows from the name.
fn graph(edges: &str) -> Value {
    let mut names: Vec<&str> = Vec::new();
    for end in edges.split([',', '>']) {
        let name = end.trim().split('.').next().unwrap_or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let kind = |name: &str| match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "start" => "manual-trigger",
        "each" => "for-each",
        "if" => "if",
        "merge" => "merge",
        _ => "set",
    };
    let nodes = names.iter().map(|name| node(name, kind(name), json!({})));
    document(nodes.collect(), edges)
}

fn names(workflow: &Workflow, nodes: &[monshyflow_workflow::NodeIndex]) -> Vec<String> {
    nodes
        .iter()
        .map(|node| workflow.node(*node).name.clone())
        .collect()
}

#[test]
fn bodies_nest() {
    let workflow = run_check(&graph(
        "start > each1.in, each1.body > a, a > if, if.true > each2.in, each2.body > b, b > each2.next, each2.done > c, \
         c > each1.next, if.false > each1.next, each1.done > d",
    ))
    .unwrap();
    assert_eq!(workflow.warnings, []);
    let index = |name: &str| workflow.by_name(name).unwrap();
    assert_eq!(
        names(&workflow, workflow.body(index("each1"))),
        ["a", "if", "each2", "b", "c"]
    );
    assert_eq!(names(&workflow, workflow.body(index("each2"))), ["b"]);
    assert!(workflow.body(index("a")).is_empty());
    for (name, scope) in [
        ("start", vec![]),
        ("each1", vec![]),
        ("d", vec![]),
        ("each2", vec!["each1"]),
        ("c", vec!["each1"]),
        ("b", vec!["each1", "each2"]),
    ] {
        assert_eq!(
            names(&workflow, &workflow.scope_path(index(name))),
            scope,
            "{name}"
        );
        assert_eq!(workflow.depth(index(name)), scope.len());
        let innermost = workflow
            .scope_of(index(name))
            .map(|node| workflow.node(node).name.as_str());
        assert_eq!(innermost, scope.last().copied(), "{name}");
    }
}

#[test]
fn a_loop_may_have_a_body_that_ends_nowhere() {
    assert_eq!(
        problems(&graph("start > each.in, each.body > a, a > b, each.done > c")),
        ""
    );
}

#[test]
fn expressions_may_name_nodes_of_any_scope() {
    let mut document = graph("start > each.in, each.body > a, a > b, b > each.next, each.done > c");
    document["nodes"][2]["params"] =
        json!({"a": "{{ $('start').first().json }}", "b": "{{ $('b').first().json }}"});
    document["nodes"][4]["params"] = json!({"a": "{{ $('a').first().json }}"});
    assert_eq!(problems(&document), "");
}

#[test]
fn only_next_closes_a_circle() {
    assert_snapshot!(problems(&graph(
        "start > each.in, each.body > a, a > each.in, each.done > b, b > c, c > b"
    )));
}

#[test]
fn a_body_is_entered_by_its_loop_alone() {
    assert_snapshot!(problems(&graph(
        "start > each.in, start > x, each.body > a, a > b, b > each.next, x > b, start2 > a, each.done > c, c > d, d > b, \
         each.done > a"
    )));
}

#[test]
fn next_takes_what_its_own_body_puts_out() {
    assert_snapshot!(problems(&graph(
        "start > each1.in, start > each1.next, each1.body > each2.in, each2.body > b, b > each1.next, b > each2.next, \
         each2.done > each1.next, each1.done > each1.next, each1.body > each1.next"
    )));
}

#[test]
fn bodies_do_not_overlap() {
    assert_snapshot!(problems(&graph(
        "start > each1.in, start > each2.in, each1.body > a, each2.body > a, a > b, b > each1.next, b > each2.next"
    )));
    assert_snapshot!(problems(&graph(
        "start > each1.in, start > each2.in, each1.body > each2.in, each2.body > each1.in"
    )));
}

#[test]
fn a_loop_needs_a_body() {
    assert_snapshot!(problems(&graph("start > each.in, each.done > a")));
    let mut typo = graph("start > each.in, each.done > a, each.bodi > a");
    typo["edges"][2]["from"]["port"] = json!("bodi");
    assert_eq!(problems(&typo).lines().count(), 1, "{}", problems(&typo));
}

#[test]
fn loops_within_loops_have_a_limit() {
    let chain = |depth: usize| {
        let mut text = "start > each1.in".to_owned();
        for n in 1..depth {
            text.push_str(&format!(
                ", each{n}.body > each{}.in, each{}.done > each{n}.next",
                n + 1,
                n + 1
            ));
        }
        graph(&format!("{text}, each{depth}.body > a, a > each{depth}.next"))
    };
    assert_eq!(problems(&chain(16)), "");
    assert_snapshot!(problems(&chain(18)));
}

#[test]
fn many_loops_are_checked_in_time() {
    let mut text = "start > each1.in".to_owned();
    for n in 1..660 {
        text.push_str(&format!(
            ", each{n}.body > a{n}, a{n} > each{n}.next, each{n}.done > each{}.in",
            n + 1
        ));
    }
    text.push_str(", each660.body > b");
    assert_eq!(problems(&graph(&text)), "");
}
