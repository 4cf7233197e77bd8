//! Graphs of the largest size that `check` allows, and generous bounds that only a quadratic engine breaks.

use std::fmt::Write;
use std::time::{Duration, Instant};

use monshyflow_engine::{Cost, Effect, Event, Input, Plan, Run, RunStatus, replay, step};
use monshyflow_workflow::{MAX_NODES, NodeIndex, PortIndex, Workflow};

use crate::support::graph::workflow;
use crate::support::labels::list;

/// Measured: 10 to 50 ms without optimisation.
const BOUND: Duration = Duration::from_secs(3);

#[test]
fn a_chain_of_all_nodes() {
    let mut text = "start > a1".to_owned();
    for node in 2..MAX_NODES {
        write!(text, "; a{} > a{node}", node - 1).unwrap();
    }
    run_through(&workflow(&text), MAX_NODES * 2 + 3);
}

#[test]
fn all_nodes_side_by_side_into_one_join() {
    let mut text = "concurrency 1000".to_owned();
    for node in 1..MAX_NODES - 1 {
        write!(text, "; start > a{node}; a{node} > join.in-0").unwrap();
    }
    run_through(&workflow(&text), MAX_NODES * 2 + 3);
}

#[test]
fn all_nodes_dead() {
    let mut text = "if.false > a1; start > if".to_owned();
    for node in 2..MAX_NODES - 2 {
        write!(text, "; a{} > a{node}; a{node} > join", node - 1).unwrap();
    }
    text.push_str("; a1 > join");
    run_through(&workflow(&text), 2 * 2 + MAX_NODES - 2 + 3);
}

/// Every call succeeds with one item by the first port; results come back in order.
fn run_through(workflow: &Workflow, expected_events: usize) {
    let clock = Instant::now();
    let mut run = Run::new();
    let mut events: Vec<Event> = Vec::new();
    let mut inputs = vec![
        Input::Start,
        Input::Request {
            trigger: workflow.by_id("start").expect("a trigger"),
            input: list(&["in"]),
            plan: Plan::default(),
        },
    ];
    while let Some(input) = inputs.pop() {
        for effect in step(workflow, &mut run, input) {
            match effect {
                Effect::Record(event) => events.push(event),
                Effect::Call { step, .. } => {
                    let outputs = vec![(PortIndex(0), list(&["x"]))];
                    inputs.push(Input::Succeeded {
                        step,
                        outputs,
                        variables: Vec::new(),
                        response: None,
                        cost: Cost::default(),
                    });
                }
                _ => {}
            }
        }
    }
    assert_eq!(run.status(), RunStatus::Succeeded);
    assert_eq!(events.len(), expected_events);
    let mut again = Run::new();
    for event in &events {
        replay(workflow, &mut again, event).expect("a history that fits");
    }
    assert_eq!(again, run);
    assert!(run.outputs(NodeIndex(0)).is_some());
    let taken = clock.elapsed();
    assert!(taken < BOUND, "{taken:?} for {expected_events} events");
}
