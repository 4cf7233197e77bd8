//! How fast rounds go by. Figures for people, no bound on time: `cargo test --release -p monshyflow-engine speed -- --nocapture`.

use std::time::{Duration, Instant};

use monshyflow_engine::{
    Cost, Effect, Event, Input, Plan, Resumed, Run, RunStatus, StepId, Wait, replay, step,
};
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_workflow::{PortIndex, Workflow};

use crate::support::graph::workflow;
use crate::support::shelf::Shelf;

const GRAPH: &str = "start > each; each.body > a; a > b; b > each.next; each > c";

/// Without optimisation the figures mean nothing.
const MANY: u32 = if cfg!(debug_assertions) { 500 } else { 10_000 };

#[test]
fn rounds_over_two_nodes() {
    for (rounds, concurrency) in [(MANY, 1), (MANY, 10), (MANY * 10, 1)] {
        let workflow = workflow(GRAPH);
        let clock = Instant::now();
        let (run, events) = run_through(&workflow, |step, resumed| {
            for_each(&workflow, step, resumed, rounds, concurrency)
        });
        report(
            &format!("for-each, {concurrency} at once"),
            rounds,
            clock.elapsed(),
        );
        assert_eq!(
            (run.status(), events.len()),
            (RunStatus::Succeeded, 4 * rounds as usize + 11)
        );
        let clock = Instant::now();
        let replayed = replayed(&workflow, &events);
        report("replay", rounds, clock.elapsed());
        assert_eq!(replayed, run);
    }
}

#[test]
fn a_while_loop_over_two_nodes() {
    let rounds = MANY;
    let workflow = workflow(GRAPH);
    let clock = Instant::now();
    let (run, events) = run_through(&workflow, |step, resumed| {
        let over = resumed.as_ref().is_some_and(|resumed| resumed.state == "last");
        let left = resumed.map_or(rounds, |resumed| resumed.state.parse().unwrap_or(0));
        if workflow.loop_ports(step.node).is_none() || over {
            return succeeded(&workflow, step);
        }
        let state = if left == 1 {
            "last".to_owned()
        } else {
            (left - 1).to_string()
        };
        suspended(step, vec![1], 1, state)
    });
    report("while", rounds, clock.elapsed());
    assert_eq!(
        (run.status(), events.len()),
        (RunStatus::Succeeded, 6 * rounds as usize + 9)
    );
    assert_eq!(replayed(&workflow, &events), run);
}

#[test]
fn spilling_as_one_goes() {
    let rounds = MANY;
    let workflow = workflow(GRAPH);
    let (mut run, mut shelf) = (Run::new(), Shelf::default());
    let clock = Instant::now();
    let mut inputs = begin(&workflow);
    while let Some(input) = inputs.pop() {
        for effect in step(&workflow, &mut run, input) {
            if let Effect::Call { step, resumed, .. } = effect {
                inputs.push(for_each(&workflow, step, resumed, rounds, 1));
            }
        }
        shelf.spill(&mut run, 1_000);
    }
    report("for-each, spilling", rounds, clock.elapsed());
    assert_eq!(run.status(), RunStatus::Succeeded);
}

#[expect(clippy::print_stdout, reason = "figures for people")]
fn report(what: &str, rounds: u32, taken: Duration) {
    let each = taken / rounds;
    println!("{what}: {rounds} rounds in {taken:.1?}, {each:.2?} each");
}

fn begin(workflow: &Workflow) -> Vec<Input> {
    vec![
        Input::Start,
        Input::Request {
            trigger: workflow.by_id("start").expect("a trigger"),
            input: items(1),
            plan: Plan::default(),
        },
    ]
}

fn run_through(
    workflow: &Workflow,
    mut outcome: impl FnMut(StepId, Option<Resumed>) -> Input,
) -> (Run, Vec<Event>) {
    let (mut run, mut events) = (Run::new(), Vec::new());
    let mut inputs = begin(workflow);
    while let Some(input) = inputs.pop() {
        for effect in step(workflow, &mut run, input) {
            match effect {
                Effect::Record(event) => events.push(event),
                Effect::Call { step, resumed, .. } => inputs.push(outcome(step, resumed)),
                _ => {}
            }
        }
    }
    (run, events)
}

fn replayed(workflow: &Workflow, events: &[Event]) -> Run {
    let mut run = Run::new();
    for event in events {
        replay(workflow, &mut run, event).expect("a history that fits");
    }
    run
}

fn for_each(
    workflow: &Workflow,
    step: StepId,
    resumed: Option<Resumed>,
    rounds: u32,
    concurrency: u32,
) -> Input {
    if workflow.loop_ports(step.node).is_none() || resumed.is_some() {
        return succeeded(workflow, step);
    }
    suspended(step, vec![1; rounds as usize], concurrency, String::new())
}

fn suspended(step: StepId, counts: Vec<u32>, concurrency: u32, state: String) -> Input {
    Input::Suspended {
        step,
        wait: Wait::Rounds {
            items: items(counts.len()),
            counts,
            concurrency,
        },
        state,
        cost: Cost::default(),
    }
}

fn succeeded(workflow: &Workflow, step: StepId) -> Input {
    let port = workflow
        .loop_ports(step.node)
        .map_or(PortIndex(0), |ports| ports.done);
    Input::Succeeded {
        step,
        outputs: vec![(port, items(1))],
        variables: Vec::new(),
        response: None,
        cost: Cost::default(),
    }
}

fn items(count: usize) -> ItemList {
    let one = Item::new(Json::empty_object());
    ItemList::from_items(vec![one; count])
}
