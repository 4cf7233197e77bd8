//! What a process does with the run of one that died, and histories that do not fit.

use crate::support::graph::workflow;
use crate::support::labels::list;
use crate::support::table::check;
use monshyflow_engine::{Cost, Event, ReplayError, Run, SkipReason, StepId, replay, resume};
use monshyflow_items::{ItemList, Segment};
use monshyflow_workflow::{NodeIndex, PortIndex};

#[test]
fn steps_without_a_result_are_called_again_as_the_same_attempt() {
    check(
        "start > a, b; a > join; b > join.in-1; a: retry 2 every 5",
        "restart       => -
         request start => requested
         restart       => -
         begin         => started; call start(in)
         restart       => call again start(in)
         begin         => -
         start ok      => start done out: start1; call a(start1); call b(start1)
         b ok          => b done out: b1
         a ~busy       => a failed busy, retry; wait 5 for a#2
         restart       => wait 5 for a#2
         a#2 due       => call a#2(start1)
         restart       => call again a#2(start1)
         a#2 ok        => a#2 done out: a1; call join(a1, b1, -)
         join ok       => join done out: join1; succeeded
         restart       => -
         result        => join.out: join1",
    );
}

#[test]
fn a_retry_that_was_due_waits_again() {
    check(
        "start > a, b; a: retry 2 every 5; concurrency 1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ~busy       => a failed busy, retry; wait 5 for a#2; call b(start1)
         a#2 due       => -
         restart       => call again b(start1); wait 5 for a#2
         b ok          => b done out: b1
         a#2 due       => call a#2(start1)
         a#2 ok        => a#2 done out: a1; succeeded",
    );
}

#[test]
fn a_run_that_is_failing_calls_nobody_again() {
    check(
        "start > a, b, c",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1); call c(start1)
         b !boom       => b failed boom, stop; interrupt a; interrupt c
         restart       => a failed interrupted, stop; c failed interrupted, stop; failed at b: boom",
    );
}

#[test]
fn a_wish_that_is_repeated_before_resuming_spares_the_calls() {
    check(
        "start > a, b",
        "request start     => requested
         begin             => started; call start(in)
         start ok          => start done out: start1; call a(start1); call b(start1)
         cancel            => interrupt a; interrupt b
         a !interrupted    => a failed interrupted, stop
         forgetful restart => -
         cancel            => -
         resume            => b failed interrupted, stop; cancelled",
    );
}

#[test]
fn a_wish_that_comes_after_resuming_interrupts_the_calls() {
    check(
        "start > a",
        "request start      => requested
         begin              => started; call start(in)
         cancel             => interrupt start
         restart            => call again start(in)
         cancel             => interrupt start
         start !interrupted => start failed interrupted, stop; cancelled",
    );
}

#[test]
fn a_history_that_does_not_fit_is_refused_and_changes_nothing() {
    let workflow = workflow("start > a; a > b; start > c");
    let step = |node: u32, attempt| StepId {
        node: NodeIndex(node),
        iteration: Vec::new(),
        attempt,
    };
    let started = |node, attempt| Event::StepStarted {
        step: step(node, attempt),
    };
    let succeeded = |node, port: u16| Event::StepSucceeded {
        step: step(node, 1),
        outputs: vec![(PortIndex(port), list(&["x"]))],
        cost: Cost::default(),
    };
    let skipped = |node| Event::StepSkipped {
        node: NodeIndex(node),
        iteration: Vec::new(),
        reason: SkipReason::Dead,
    };
    let requested = |node| Event::RunRequested {
        trigger: NodeIndex(node),
        input: ItemList::default(),
    };

    let mut run = Run::new();
    let refuse = |run: &Run, event: Event, message: &str| {
        let mut copy = run.clone();
        assert_eq!(
            replay(&workflow, &mut copy, &event).unwrap_err().to_string(),
            message
        );
        assert_eq!(copy, *run);
    };
    let accept = |run: &mut Run, event: Event| replay(&workflow, run, &event).unwrap();
    let turn =
        |event: &str, why: &str| format!("event `{event}` cannot follow what the history says before: {why}");

    refuse(
        &run,
        Event::RunStarted,
        &turn("run-started", "the run was not requested"),
    );
    refuse(
        &run,
        requested(7),
        "event `run-requested` names node 7, but the workflow has only 4",
    );
    accept(&mut run, requested(0));
    refuse(
        &run,
        requested(0),
        &turn("run-requested", "the run was requested already"),
    );
    refuse(
        &run,
        started(0, 1),
        &turn("step-started", "it is not this step's turn"),
    );
    accept(&mut run, Event::RunStarted);
    refuse(
        &run,
        Event::RunStarted,
        &turn("run-started", "the run was started already"),
    );
    refuse(
        &run,
        started(0, 2),
        &turn("step-started", "it is not this step's turn"),
    );
    refuse(
        &run,
        started(1, 1),
        &turn("step-started", "it is not this step's turn"),
    );
    accept(&mut run, started(0, 1));
    refuse(
        &run,
        started(0, 1),
        &turn("step-started", "it is not this step's turn"),
    );
    refuse(
        &run,
        Event::RunCancelled,
        &turn("run-cancelled", "a step is still in flight"),
    );
    refuse(
        &run,
        succeeded(1, 0),
        &turn("step-succeeded", "the step is not in flight"),
    );
    refuse(
        &run,
        succeeded(0, 1),
        "event `step-succeeded` names output port 1 of node `start`, which has only 1",
    );
    refuse(
        &run,
        skipped(1),
        &turn(
            "step-skipped",
            "it is not this node's turn to be skipped for that reason",
        ),
    );
    accept(&mut run, succeeded(0, 0));
    refuse(
        &run,
        skipped(1),
        &turn(
            "step-skipped",
            "it is not this node's turn to be skipped for that reason",
        ),
    );
    accept(&mut run, Event::RunCancelled);
    refuse(
        &run,
        Event::RunSucceeded,
        &turn("run-succeeded", "the run has ended"),
    );
    assert!(resume(&workflow, &mut run).is_empty());
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
fn items_that_the_object_store_has_are_let_go() {
    let workflow = workflow("start > a");
    let stored = || {
        let segments = list(&["x"]).segments().to_vec();
        ItemList::from_segments(
            segments
                .into_iter()
                .map(|s: Segment| s.with_object("key".into()))
                .collect(),
        )
    };
    let mut run = Run::new();
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    let outputs = vec![(PortIndex(0), stored())];
    let events = [
        Event::RunRequested {
            trigger: NodeIndex(0),
            input: stored(),
        },
        Event::RunStarted,
        Event::StepStarted { step: step.clone() },
        Event::StepSucceeded {
            step,
            outputs,
            cost: Cost::default(),
        },
    ];
    for event in &events {
        replay(&workflow, &mut run, event).unwrap();
    }
    let in_memory = |run: &Run, node| {
        run.inputs(&workflow, NodeIndex(node))[0]
            .items_in_memory()
            .is_some()
    };
    assert!(in_memory(&run, 0) && in_memory(&run, 1));
    run.forget_stored();
    assert!(!in_memory(&run, 0) && !in_memory(&run, 1));
    assert_eq!(run.inputs(&workflow, NodeIndex(1))[0].len(), 1);
}
