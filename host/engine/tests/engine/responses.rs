//! What a run answers: once, as part of a step's result, and never twice.

use monshyflow_engine::{Event, Run, StepId, replay};
use monshyflow_workflow::NodeIndex;

use crate::support::table::{Game, check};

#[test]
fn an_answer_leaves_right_after_its_step() {
    check(
        "start > a; a > b",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1)
         response         => -
         a ok answers 201 => a done out: a1 answers 201; a answered 201; call b(a1)
         response         => 201
         b ok             => b done out: b1; succeeded
         response         => 201",
    );
}

#[test]
fn the_first_answer_counts() {
    check(
        "start > a, b; a > c",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1); call b(start1)
         b ok answers 404 => b done out: b1 answers 404; b answered 404
         a ok answers 200 => a says: the run had answered already, at node `b`: this answer is dropped;
                             a done out: a1; call c(a1)
         c ok answers 500 => c says: the run had answered already, at node `b`: this answer is dropped;
                             c done out: c1; succeeded
         response         => 404",
    );
}

#[test]
fn rounds_answer_once() {
    check(
        "start > each; each.body > a; a > each.next",
        "request start       => requested
         begin               => started; call start(in)
         start ok            => start done out: start1; call each(start1, -)
         each rounds 1 1     => each waits for rounds 1 1; call a[0](each1)
         a[0] ok answers 200 => a[0] done out: a1@0 answers 200; a[0] answered 200; call a[1](each2)
         a[1] ok answers 201 => a[1] says: the run had answered already, at node `a`: this answer is dropped;
                                a[1] done out: a1@1; resume each(start1, a1@0 a1@1) by rounds
         each ok             => each done done: each1; succeeded
         response            => 200",
    );
}

#[test]
fn a_step_that_fails_answers_nothing() {
    check(
        "start > a; a: continue; a > b",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1)
         a !boom          => a failed boom, continue out: start1!; call b(start1!)
         response         => -
         b nowhere 1 answers 200 => b failed unknown-port, stop; failed at b: unknown-port
         response         => -",
    );
}

/// The process may die between the step's result and the word that the answer may leave.
#[test]
fn an_answer_is_not_lost_with_the_process_and_not_given_twice() {
    check(
        "start > a; a > b",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1)
         a ok answers 201 => a done out: a1 answers 201; a answered 201; call b(a1)
         lose 1           => -
         response         => 201
         lose 1           => -
         response         => -
         resume           => a answered 201; call b(a1)
         restart          => call again b(a1)
         b ok answers 200 => b says: the run had answered already, at node `a`: this answer is dropped;
                             b done out: b1; succeeded
         response         => 201",
    );
}

#[test]
fn a_step_answers_even_if_the_run_was_ended_meanwhile() {
    check(
        "start > a, b",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1); call b(start1)
         time-out         => interrupt a; interrupt b
         a ok answers 200 => a done out: a1 answers 200; a answered 200
         b !cancelled     => b failed cancelled, stop; timed out
         response         => 200",
    );
}

#[test]
fn a_run_that_is_taken_up_again_has_answered_if_the_step_that_did_is_not_repeated() {
    check(
        "start > a; a > b; b > c",
        "request start    => requested
         begin            => started; call start(in)
         start ok         => start done out: start1; call a(start1)
         a ok answers 201 => a done out: a1 answers 201; a answered 201; call b(a1)
         b !boom          => b failed boom, stop; failed at b: boom
         reopen           => wait 0 for b#2
         response         => 201
         b#2 due          => call b#2(a1)
         b#2 ok           => b#2 done out: b1; call c(b1)
         c ok answers 500 => c says: the run had answered already, at node `a`: this answer is dropped;
                             c done out: c1; succeeded
         reopen from c    => call c(b1)
         response         => 201
         cancel           => interrupt c
         c !cancelled     => c failed cancelled, stop; cancelled
         reopen from a    => call a(start1)
         response         => -
         a ok answers 202 => a done out: a1 answers 202; a answered 202; call b(a1)
         response         => 202",
    );
}

#[test]
fn histories_with_answers_that_do_not_fit_are_refused() {
    let game = Game::after(
        "start > a; a > b",
        "request start\n begin\n start ok\n a ok answers 200\n b ok",
    );
    let position = |wanted: &str| {
        game.events
            .iter()
            .position(|event| event.kind() == wanted)
            .unwrap()
    };
    let sent = position("response-sent");
    let refusal = |events: &[Event]| {
        let mut run = Run::new();
        let first = events
            .iter()
            .map(|event| replay(&game.workflow, &mut run, event))
            .find(Result::is_err);
        first.unwrap().unwrap_err().to_string()
    };
    let mut without = game.events.clone();
    without.remove(sent);
    assert!(refusal(&without).ends_with("an answer was not sent"));
    let mut twice = game.events.clone();
    twice.insert(sent, twice[sent].clone());
    assert!(refusal(&twice).ends_with("the step has no answer that was not sent"));
    let mut foreign = game.events.clone();
    let step = StepId {
        node: NodeIndex(0),
        iteration: Vec::new(),
        attempt: 1,
    };
    foreign[sent] = Event::ResponseSent { step, status: 200 };
    assert!(refusal(&foreign).ends_with("the step has no answer that was not sent"));
    let mut second = game.events.clone();
    let given = second.iter().find_map(|event| match event {
        Event::StepSucceeded {
            response: Some(response),
            ..
        } => Some(response.clone()),
        _ => None,
    });
    for event in second.iter_mut().rev() {
        if let Event::StepSucceeded { response, .. } = event {
            response.clone_from(&given);
            break;
        }
    }
    assert!(refusal(&second).ends_with("the run had answered already"));
}
