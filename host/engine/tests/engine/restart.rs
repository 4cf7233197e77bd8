//! What a process does with the run of one that died.

use crate::support::graph::workflow;
use crate::support::labels::list;
use crate::support::table::check;
use monshyflow_engine::{Cost, Event, Place, Plan, Run, StepId, replay};
use monshyflow_items::{ItemList, Moved, Segment};
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
         restart       => a failed cancelled, stop; c failed cancelled, stop; failed at b: boom",
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
         a !cancelled    => a failed cancelled, stop
         forgetful restart => -
         cancel            => -
         resume            => b failed cancelled, stop; cancelled",
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
         start !cancelled => start failed cancelled, stop; cancelled",
    );
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
            plan: Plan::default(),
        },
        Event::RunStarted,
        Event::StepStarted { step: step.clone() },
        Event::StepSucceeded {
            step,
            outputs,
            variables: Vec::new(),
            response: None,
            cost: Cost::default(),
        },
    ];
    for event in &events {
        replay(&workflow, &mut run, event).unwrap();
    }
    let at = |node| {
        let Place { node, iteration } = Place::outside(NodeIndex(node));
        StepId {
            node,
            iteration,
            attempt: 1,
        }
    };
    let in_memory = |run: &Run, node| run.inputs(&workflow, &at(node))[0].items_in_memory().is_some();
    assert!(in_memory(&run, 0) && in_memory(&run, 1));
    run.forget_stored(&Moved::default());
    assert!(!in_memory(&run, 0) && !in_memory(&run, 1));
    assert_eq!(run.inputs(&workflow, &at(1))[0].len(), 1);
}
