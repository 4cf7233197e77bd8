//! A shell that performs effects in any order it likes.

use monshyflow_engine::{
    Cost, Effect, Event, Input, Run, RunStatus, StepError, StepId, replay, resume, step,
};
use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, OnError, PortIndex, Workflow};

use super::dice::Dice;
use super::labels::list;

/// Inputs that a run of a few dozen nodes never needs: more means that it does not end.
const TOO_MANY_INPUTS: usize = 10_000;

pub(crate) struct Simulator<'w> {
    workflow: &'w Workflow,
    pub(crate) run: Run,
    pub(crate) events: Vec<Event>,
    /// What each step came to, which depends on the node and the attempt alone.
    outcomes: u64,
    /// The order in which things happen.
    order: Dice,
    /// Now and then: duplicates, foreign steps, and a wish to end.
    trouble: bool,
    calls: Vec<(StepId, Vec<ItemList>)>,
    interrupted: Vec<StepId>,
    timers: Vec<StepId>,
    finished: Vec<RunStatus>,
}

impl<'w> Simulator<'w> {
    pub(crate) fn new(workflow: &'w Workflow, outcomes: u64, order: u64, trouble: bool) -> Self {
        Self {
            workflow,
            run: Run::new(),
            events: Vec::new(),
            outcomes,
            order: Dice::new(order),
            trouble,
            calls: Vec::new(),
            interrupted: Vec::new(),
            timers: Vec::new(),
            finished: Vec::new(),
        }
    }

    /// A process that finds `events` in the journal.
    pub(crate) fn recovered(workflow: &'w Workflow, outcomes: u64, order: u64, events: &[Event]) -> Self {
        let mut simulator = Self::new(workflow, outcomes, order, false);
        for event in events {
            replay(workflow, &mut simulator.run, event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
        }
        simulator.events = events.to_vec();
        let effects = resume(workflow, &mut simulator.run);
        simulator.perform(effects);
        simulator
    }

    /// From the request to the end.
    pub(crate) fn finish(mut self) -> Self {
        self.give(Input::Request {
            trigger: NodeIndex(0),
            input: list(&["in"]),
        });
        self.give(Input::Start);
        for _ in 0..TOO_MANY_INPUTS {
            if self.run.is_finished() {
                assert_eq!(self.finished, [self.run.status()]);
                self.nothing_has_an_effect_any_more();
                return self;
            }
            let input = self.next_input();
            self.give(input);
        }
        panic!("the run does not end");
    }

    fn next_input(&mut self) -> Input {
        if self.trouble && self.order.one_in(5) {
            return self.troublesome_input();
        }
        let happens = self.order.below((self.calls.len() + self.timers.len()).max(1));
        if happens < self.calls.len() {
            let (step, inputs) = self.calls.swap_remove(happens);
            self.outcome(step, &inputs)
        } else {
            assert!(
                !self.timers.is_empty(),
                "nothing is under way, but the run has not ended"
            );
            Input::RetryDue {
                step: self.timers.swap_remove(happens - self.calls.len()),
            }
        }
    }

    fn troublesome_input(&mut self) -> Input {
        let known = self.events.iter().filter_map(|event| match event {
            Event::StepStarted { step } => Some(step.clone()),
            _ => None,
        });
        let mut steps: Vec<StepId> = known.collect();
        // Results of calls under way are the business of `outcome`.
        steps.retain(|step| !self.calls.iter().any(|(called, _)| called == step));
        steps.push(StepId {
            node: NodeIndex(1_000_000),
            iteration: Vec::new(),
            attempt: 1,
        });
        steps.push(StepId {
            node: NodeIndex(0),
            iteration: vec![3],
            attempt: 1,
        });
        let step = self.order.pick(&steps).clone();
        let (outputs, cost) = (vec![(PortIndex(0), list(&["late"]))], Cost::default());
        match self.order.below(12) {
            0 => Input::Cancel,
            1 => Input::TimeOut,
            2 => Input::Abort {
                error: error("abort", false),
            },
            3 => Input::Request {
                trigger: NodeIndex(0),
                input: ItemList::default(),
            },
            4 => Input::Start,
            5 => Input::RetryDue { step },
            6 | 7 => Input::Failed {
                step,
                error: error("late", true),
                degraded: None,
                cost,
            },
            _ => Input::Succeeded { step, outputs, cost },
        }
    }

    fn outcome(&self, step: StepId, inputs: &[ItemList]) -> Input {
        let mut dice = Dice::new(self.outcomes ^ (u64::from(step.node.0) << 32) ^ u64::from(step.attempt));
        let cost = Cost::default();
        if self.interrupted.contains(&step) && dice.one_in(2) {
            return Input::Failed {
                step,
                error: error("cancelled", false),
                degraded: None,
                cost,
            };
        }
        let node = self.workflow.node(step.node);
        if dice.one_in(5) {
            let degraded = (node.settings.on_error != OnError::Stop).then(|| inputs[0].clone());
            return Input::Failed {
                step,
                error: error("boom", dice.one_in(2)),
                degraded,
                cost,
            };
        }
        let mut outputs = Vec::new();
        for port in 0..node.node_type.outputs.len() {
            let items = if dice.one_in(8) { 0 } else { 1 + dice.below(2) };
            let labels: Vec<_> = (0..items).map(|item| format!("{}{item}", node.name)).collect();
            if !dice.one_in(8) {
                outputs.push((PortIndex(port as u16), list(&labels)));
            }
        }
        Input::Succeeded { step, outputs, cost }
    }

    fn give(&mut self, input: Input) {
        let effects = step(self.workflow, &mut self.run, input);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            assert!(self.finished.is_empty(), "after the end: {effect:?}");
            match effect {
                Effect::Record(event) => self.record(event),
                Effect::Call { step, inputs } => {
                    assert!(
                        self.calls.iter().all(|(called, _)| called.node != step.node),
                        "called twice: {step:?}"
                    );
                    assert_eq!(inputs.len(), self.workflow.node(step.node).node_type.inputs.len());
                    assert!(self.interrupted.is_empty(), "a call in a run that ends: {step:?}");
                    self.calls.push((step, inputs));
                    assert!(self.calls.len() <= self.workflow.settings.concurrency as usize);
                }
                Effect::RetryAfter { step, .. } => self.timers.push(step),
                Effect::Interrupt { step } => {
                    assert!(
                        self.calls.iter().any(|(called, _)| *called == step),
                        "not under way: {step:?}"
                    );
                    assert!(!self.interrupted.contains(&step), "interrupted twice: {step:?}");
                    self.interrupted.push(step);
                }
                Effect::Finished(status) => self.finished.push(status),
            }
        }
    }

    fn record(&mut self, event: Event) {
        if let Event::StepStarted { .. } = event {
            assert!(!self.events.contains(&event), "recorded twice: {event:?}");
        }
        self.events.push(event);
    }

    fn nothing_has_an_effect_any_more(&mut self) {
        let last = self.run.clone();
        for _ in 0..20 {
            let input = self.troublesome_input();
            assert_eq!(step(self.workflow, &mut self.run, input), []);
        }
        assert_eq!(resume(self.workflow, &mut self.run), []);
        assert_eq!(self.run, last);
    }
}

fn error(code: &str, retryable: bool) -> StepError {
    let (code, message) = (code.to_owned(), String::new());
    StepError {
        code,
        message,
        retryable,
        retry_after_ms: None,
        details: None,
    }
}
