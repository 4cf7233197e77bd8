//! What holds for every workflow, whatever its nodes do and in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use monshyflow_engine::{
    AfterFailure, Again, Event, Plan, ReopenError, Run, RunStatus, SkipReason, StepId, Wait, reopen, replay,
};
use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};
use proptest::prelude::*;

use crate::support::crowd::any_graph;
use crate::support::graph::workflow;
use crate::support::simulator::Simulator;

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// The simulator itself asserts that nothing is called or recorded twice, or too much at a time, or after the end.
    #[test]
    fn every_run_ends_once_and_its_events_tell_all(
        graph in any::<u64>(), outcomes in any::<u64>(), order in any::<u64>(), trouble in any::<bool>(),
    ) {
        let text = any_graph(graph, 14, true);
        let workflow = workflow(&text);
        let ended = Simulator::new(&workflow, outcomes, order, trouble).finish();
        prop_assert_eq!(ended.events.iter().filter(|event| is_terminal(event)).count(), 1, "{}", text);
        prop_assert!(ended.events.last().is_some_and(is_terminal), "{}", text);
        prop_assert_eq!(ended.run.pending_steps(), []);
        let replayed = replayed(&workflow, &ended.events);
        prop_assert_eq!(replayed, ended.run, "{}", text);
    }

    #[test]
    fn the_order_of_results_does_not_change_what_comes_out(
        graph in any::<u64>(), outcomes in any::<u64>(), one in any::<u64>(), other in any::<u64>(),
    ) {
        let text = any_graph(graph, 14, false);
        let workflow = workflow(&text);
        let one = Simulator::new(&workflow, outcomes, one, false).finish();
        let other = Simulator::new(&workflow, outcomes, other, false).finish();
        prop_assert_eq!(results(&one.events), results(&other.events), "{}", text);
        prop_assert_eq!(one.run, other.run, "{}", text);
    }

    #[test]
    fn a_process_may_die_after_any_event(
        graph in any::<u64>(), outcomes in any::<u64>(), order in any::<u64>(), stops in any::<bool>(),
    ) {
        let text = any_graph(graph, 8, stops);
        let workflow = workflow(&text);
        let whole = Simulator::new(&workflow, outcomes, order, false).finish();
        for known in 0..=whole.events.len() {
            let resumed = Simulator::recovered(&workflow, outcomes, !order, &whole.events[..known]);
            let resumed = if known == whole.events.len() { resumed } else { resumed.finish() };
            prop_assert_eq!(resumed.run.status(), whole.run.status(), "{} events of {}", known, text);
            // Which steps a failing run still reached depends on the order in which they came back.
            if whole.run.status() == RunStatus::Succeeded {
                prop_assert_eq!(results(&resumed.events), results(&whole.events), "{} events of {}", known, text);
                prop_assert_eq!(&resumed.run, &whole.run, "{} events of {}", known, text);
            }
            prop_assert_eq!(&replayed(&workflow, &resumed.events), &resumed.run, "{} events of {}", known, text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_items_are_changes_nothing_that_is_to_come(
        graph in any::<u64>(), outcomes in any::<u64>(), order in any::<u64>(),
    ) {
        let text = any_graph(graph, 14, false);
        let workflow = workflow(&text);
        let whole = Simulator::new(&workflow, outcomes, order, false).finish();
        let spilling = Simulator::new(&workflow, outcomes, order, false).spilling().finish();
        prop_assert_eq!(spilling.events, whole.events, "{}", text);
    }

    #[test]
    fn a_run_that_has_ended_can_be_taken_up_again(
        graph in any::<u64>(), outcomes in any::<u64>(), order in any::<u64>(), trouble in any::<bool>(), from in any::<u32>(),
        to in prop_oneof![Just(0), any::<u32>()],
    ) {
        let text = any_graph(graph, 14, true);
        let workflow = workflow(&text);
        let ended = Simulator::new(&workflow, outcomes, order, trouble).finish();
        let again = reopen(&workflow, ended.events.clone(), &Again::default());
        match ended.run.status() {
            RunStatus::Succeeded => prop_assert_eq!(&again, &Err(ReopenError::Succeeded)),
            _ => prop_assert!(again.is_ok(), "{:?} {}", again, text),
        }
        let any_node = |number: u32| NodeIndex(number % workflow.nodes.len() as u32);
        let (from, to) = (any_node(from), (to != 0).then(|| any_node(to)));
        let from_node = reopen(&workflow, ended.events.clone(), &Again { from: Some(from), to, pins: None });
        prop_assert!(!matches!(from_node, Err(ReopenError::DoesNotFit(_))), "{:?} {}", from_node, text);
        for events in again.into_iter().chain(from_node) {
            prop_assert!(!events.iter().any(is_terminal));
            let resumed = Simulator::recovered(&workflow, !outcomes, order, &events).finish();
            prop_assert_eq!(&replayed(&workflow, &resumed.events), &resumed.run, "{}", text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_of_a_part_calls_nothing_else_and_nothing_that_is_pinned(
        graph in any::<u64>(), outcomes in any::<u64>(), order in any::<u64>(), to in any::<u32>(), pinned in any::<u32>(),
        pins in any::<bool>(),
    ) {
        let text = any_graph(graph, 14, true);
        let drawn = workflow(&text);
        let pinnable: Vec<NodeIndex> =
            drawn.indices().filter(|node| !drawn.node(*node).node_type.outputs.is_empty()).collect();
        let (to, pinned) = (NodeIndex(to % drawn.nodes.len() as u32), pinnable[pinned as usize % pinnable.len()]);
        let text = format!("{text}; {}: pinned 2", drawn.node(pinned).name);
        let workflow = workflow(&text);
        let plan = Plan { to: Some(to), pins };
        let ended = Simulator::new(&workflow, outcomes, order, false).planned(plan).finish();
        let leads_there = leading_to(&workflow, to);
        for event in &ended.events {
            let Some(node) = event.node() else { continue };
            let is_request = matches!(event, Event::RunRequested { .. });
            prop_assert!(is_request || leads_there.contains(&node), "{:?} {}", event, text);
            let is_called = matches!(event, Event::StepStarted { .. });
            prop_assert!(!(pins && is_called && node == pinned), "{:?} {}", event, text);
            let stands_in = matches!(event, Event::StepSkipped { reason: SkipReason::Pinned, .. });
            prop_assert!(!stands_in || pins && node == pinned, "{:?} {}", event, text);
        }
        prop_assert_eq!(replayed(&workflow, &ended.events), ended.run, "{}", text);
    }
}

/// `to`, and whatever has a path to it, the way back into a loop included, with the bodies of loops among them.
fn leading_to(workflow: &Workflow, to: NodeIndex) -> BTreeSet<NodeIndex> {
    let mut found = BTreeSet::from([to]);
    loop {
        let before = workflow.indices().filter(|node| {
            let mut onward = workflow.outgoing(*node).iter();
            let in_body = found
                .iter()
                .any(|loop_node| workflow.body(*loop_node).contains(node));
            in_body || onward.any(|edge| found.contains(&edge.to))
        });
        let all: BTreeSet<NodeIndex> = before.chain([to]).collect();
        if all.is_subset(&found) {
            return found;
        }
        found.extend(all);
    }
}

fn is_terminal(event: &Event) -> bool {
    matches!(
        event,
        Event::RunSucceeded | Event::RunFailed { .. } | Event::RunCancelled { .. } | Event::RunTimedOut
    )
}

fn replayed(workflow: &Workflow, events: &[Event]) -> Run {
    let mut run = Run::new();
    for event in events {
        replay(workflow, &mut run, event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }
    run
}

#[derive(Debug, PartialEq)]
enum StepResult {
    Left(Vec<(PortIndex, ItemList)>),
    Failed(AfterFailure, Vec<(PortIndex, ItemList)>),
    Suspended(Wait),
    Skipped(SkipReason),
}

/// What each step came to, and each of its calls that was suspended, by state. Fails if one came to two things.
fn results(events: &[Event]) -> BTreeMap<(StepId, String), StepResult> {
    let mut results = BTreeMap::new();
    for event in events {
        let (step, result) = match event.clone() {
            Event::StepSucceeded { step, outputs, .. } => ((step, String::new()), StepResult::Left(outputs)),
            Event::StepFailed {
                step, then, outputs, ..
            } => ((step, String::new()), StepResult::Failed(then, outputs)),
            Event::StepSkipped {
                node,
                iteration,
                reason,
            } => {
                let step = StepId {
                    node,
                    iteration,
                    attempt: 0,
                };
                ((step, String::new()), StepResult::Skipped(reason))
            }
            Event::StepSuspended {
                step, wait, state, ..
            } => ((step, state), StepResult::Suspended(wait)),
            _ => continue,
        };
        assert!(
            results.insert(step, result).is_none(),
            "a second result: {event:?}"
        );
    }
    results
}

/// The crowd must hold what the properties speak about.
#[test]
fn the_crowd_is_varied() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..600 {
        let workflow = workflow(&any_graph(seed, 14, true));
        let ended = Simulator::new(&workflow, seed, seed, seed % 2 == 0).finish();
        for event in &ended.events {
            let kind = match event {
                Event::StepFailed {
                    then: AfterFailure::Retry { .. },
                    ..
                } => "retry",
                Event::StepFailed {
                    then: AfterFailure::Continue,
                    ..
                } => "continue",
                Event::StepFailed {
                    then: AfterFailure::Port,
                    ..
                } => "port",
                Event::StepSkipped {
                    reason: SkipReason::Disabled,
                    ..
                } => "disabled",
                other => other.kind(),
            };
            *seen.entry(kind).or_default() += 1;
            if let Event::StepSucceeded { step, .. } = event
                && step.iteration.len() > 1
            {
                *seen.entry("deep round").or_default() += 1;
            }
        }
        let joins =
            (0..workflow.nodes.len() as u32).filter(|node| workflow.incoming(NodeIndex(*node)).len() > 1);
        *seen.entry("join").or_default() += joins.count();
    }
    for kind in [
        "retry",
        "continue",
        "port",
        "disabled",
        "join",
        "step-skipped",
        "step-failed",
        "step-suspended",
        "step-resumed",
        "response-sent",
        "deep round",
        "run-succeeded",
        "run-failed",
        "run-cancelled",
        "run-timed-out",
    ] {
        assert!(
            seen.get(kind).is_some_and(|count| *count >= 15),
            "too few of {kind}: {seen:?}"
        );
    }
}
