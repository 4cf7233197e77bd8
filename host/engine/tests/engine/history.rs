//! Histories that do not fit, and facts that change nothing.

use monshyflow_engine::{
    CancelReason, Cost, Event, Plan, ReplayError, ResumedBy, Run, SkipReason, StepId, Wait, replay, resume,
};
use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex};

use crate::support::graph::workflow;
use crate::support::labels::list;
use crate::support::table::Game;

const OK: &str = "";
const NOT_ITS_TURN: &str = "it is not this step's turn";
const NOT_SKIPPED: &str = "it is not this node's turn to be skipped for that reason";

#[test]
fn a_history_that_does_not_fit_is_refused_and_changes_nothing() {
    let workflow = workflow("start > a; a > b; start > c");
    let history = [
        (Event::RunStarted, "the run was not requested"),
        (
            requested(7),
            "event `run-requested` names node 7, but the workflow has only 4",
        ),
        (requested(0), OK),
        (requested(0), "the run was requested already"),
        (started(0, 1), NOT_ITS_TURN),
        (Event::RunStarted, OK),
        (Event::RunStarted, "the run was started already"),
        (started(0, 2), NOT_ITS_TURN),
        (started(1, 1), NOT_ITS_TURN),
        (started(0, 1), OK),
        (started(0, 1), NOT_ITS_TURN),
        (
            Event::RunCancelled {
                reason: CancelReason::Requested,
            },
            "a step is still in flight",
        ),
        (succeeded(1, 0), "the step is not in flight"),
        (
            succeeded(0, 1),
            "event `step-succeeded` names output port 1 of node `start`, by which no items may leave; it has 1",
        ),
        (skipped(1), NOT_SKIPPED),
        (succeeded(0, 0), OK),
        (skipped(1), NOT_SKIPPED),
        (
            Event::RunCancelled {
                reason: CancelReason::Requested,
            },
            OK,
        ),
        (Event::RunSucceeded, "the run has ended"),
    ];
    let mut run = Run::new();
    for (event, expected) in history {
        let before = run.clone();
        match replay(&workflow, &mut run, &event) {
            Ok(()) => assert_eq!(expected, OK, "{event:?}"),
            Err(error) => {
                let message = error.to_string();
                let why = message
                    .split_once("says before: ")
                    .map_or(message.as_str(), |(_, why)| why);
                assert_eq!(why, expected, "{event:?}");
                assert_eq!(run, before, "{event:?}");
            }
        }
    }
    assert!(resume(&workflow, &mut run).is_empty());
}

fn step(node: u32, attempt: u32) -> StepId {
    StepId {
        node: NodeIndex(node),
        iteration: Vec::new(),
        attempt,
    }
}

fn requested(node: u32) -> Event {
    Event::RunRequested {
        trigger: NodeIndex(node),
        input: ItemList::default(),
        plan: Plan::default(),
    }
}

fn started(node: u32, attempt: u32) -> Event {
    Event::StepStarted {
        step: step(node, attempt),
    }
}

fn succeeded(node: u32, port: u16) -> Event {
    let outputs = vec![(PortIndex(port), list(&["x"]))];
    Event::StepSucceeded {
        step: step(node, 1),
        outputs,
        variables: Vec::new(),
        response: None,
        cost: Cost::default(),
    }
}

fn skipped(node: u32) -> Event {
    Event::StepSkipped {
        node: NodeIndex(node),
        iteration: Vec::new(),
        reason: SkipReason::Dead,
    }
}

#[test]
fn logs_change_nothing() {
    let workflow = workflow("start");
    let mut run = Run::new();
    let input = ItemList::default();
    replay(
        &workflow,
        &mut run,
        &Event::RunRequested {
            trigger: NodeIndex(0),
            input,
            plan: Plan::default(),
        },
    )
    .unwrap();
    let before = run.clone();
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    let progress = Event::Progress {
        step: step.clone(),
        fraction: Some(0.5),
        message: String::new(),
    };
    replay(&workflow, &mut run, &progress).unwrap();
    assert_eq!(run, before);
    let foreign = Event::Progress {
        step: StepId {
            node: NodeIndex(5),
            ..step
        },
        fraction: None,
        message: String::new(),
    };
    assert!(matches!(
        replay(&workflow, &mut run, &foreign),
        Err(ReplayError::UnknownNode { node: 5, .. })
    ));
}

#[test]
fn suspensions_that_do_not_fit_are_refused() {
    let graph = "start > each; each.body > a; a > each.next";
    let game = Game::after(graph, "request start\n begin\n start ok");
    let rounds = |counts: Vec<u32>| Wait::Rounds {
        items: list(&["x", "y"]),
        counts,
        concurrency: 1,
    };
    let suspended = |step: StepId, wait: Wait| Event::StepSuspended {
        step,
        wait,
        state: String::new(),
        cost: Cost::default(),
    };
    let resumed = |step: StepId, by: ResumedBy, items: ItemList| Event::StepResumed { step, by, items };
    let within = |round: u32| StepId {
        iteration: vec![round],
        ..step(2, 1)
    };
    let none = ItemList::default;
    let cannot = "the node cannot be suspended for that";
    let does_not = "the step does not wait for that";
    let history = [
        (suspended(step(1, 1), rounds(vec![1])), cannot),
        (suspended(step(1, 1), rounds(vec![1; 100_001])), cannot),
        (
            suspended(step(0, 1), Wait::Time { until_ms: 1 }),
            "the step is not in flight",
        ),
        (resumed(step(1, 1), ResumedBy::Rounds, none()), does_not),
        (suspended(step(1, 1), rounds(vec![1, 1])), OK),
        (resumed(step(1, 1), ResumedBy::Rounds, none()), does_not),
        (
            Event::RunCancelled {
                reason: CancelReason::Requested,
            },
            "a step still waits",
        ),
        (Event::StepStarted { step: within(1) }, NOT_ITS_TURN),
        (Event::StepStarted { step: within(0) }, OK),
        (suspended(within(0), rounds(vec![2])), cannot),
        (suspended(within(0), Wait::Time { until_ms: 1 }), OK),
        (resumed(within(0), ResumedBy::Signal, none()), does_not),
        (resumed(within(1), ResumedBy::Time, none()), does_not),
        (resumed(within(0), ResumedBy::Time, none()), OK),
        (resumed(within(0), ResumedBy::Time, none()), does_not),
    ];
    let mut run = game.replayed();
    for (event, expected) in history {
        let before = run.clone();
        let refused = replay(&game.workflow, &mut run, &event).map_err(|error| error.to_string());
        match refused {
            Ok(()) => assert_eq!(expected, OK, "{event:?}"),
            Err(why) => {
                assert!(expected != OK && why.ends_with(expected), "{event:?}: {why}");
                assert_eq!(run, before, "{event:?}");
            }
        }
    }
}
