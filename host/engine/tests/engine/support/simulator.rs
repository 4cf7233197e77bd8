//! A shell that performs effects in any order it likes.

use monshyflow_engine::{
    CancelReason, Cost, Effect, Event, Input, Plan, ResumedBy, Run, RunStatus, StepId, Wait, replay, resume,
    step,
};
use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use super::dice::Dice;
use super::labels::list;
use super::outcomes::{Calls, error, response};
use super::shelf::Shelf;

/// Inputs that a run of a few dozen nodes never needs: more means that it does not end.
const TOO_MANY_INPUTS: usize = 50_000;

pub(crate) struct Simulator<'w> {
    workflow: &'w Workflow,
    plan: Plan,
    pub(crate) run: Run,
    /// Knows nothing but the events.
    replayed: Run,
    pub(crate) events: Vec<Event>,
    /// What each call came to, which depends on the step and the number of the call alone.
    outcomes: u64,
    /// The order in which things happen.
    order: Dice,
    /// Now and then: duplicates, foreign steps, and a wish to end.
    trouble: bool,
    /// Brings all rounds there as soon as it may.
    shelf: Option<Shelf>,
    calls: Calls,
    interrupted: Vec<StepId>,
    timers: Vec<StepId>,
    waits: Vec<(StepId, Wait)>,
    finished: Vec<RunStatus>,
}

impl<'w> Simulator<'w> {
    pub(crate) fn new(workflow: &'w Workflow, outcomes: u64, order: u64, trouble: bool) -> Self {
        Self {
            workflow,
            plan: Plan::default(),
            run: Run::new(),
            replayed: Run::new(),
            events: Vec::new(),
            outcomes,
            order: Dice::new(order),
            trouble,
            shelf: None,
            calls: Calls::new(),
            interrupted: Vec::new(),
            timers: Vec::new(),
            waits: Vec::new(),
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
        simulator.replayed = simulator.run.clone();
        let effects = resume(workflow, &mut simulator.run);
        simulator.perform(effects);
        simulator
    }

    pub(crate) fn spilling(mut self) -> Self {
        self.shelf = Some(Shelf::default());
        self
    }

    pub(crate) fn planned(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// From the request to the end.
    pub(crate) fn finish(mut self) -> Self {
        self.give(Input::Request {
            trigger: NodeIndex(0),
            input: list(&["in"]),
            plan: self.plan.clone(),
        });
        self.give(Input::Start);
        for _ in 0..TOO_MANY_INPUTS {
            if self.run.is_finished() {
                assert_eq!(self.finished, [self.run.status()]);
                assert!(self.calls.is_empty() && self.waits.is_empty());
                self.nothing_has_an_effect_any_more();
                return self;
            }
            let waits_only = self.calls.is_empty() && self.timers.is_empty() && !self.waits.is_empty();
            // What could still be called in a run that ends never is.
            assert!(!self.interrupted.is_empty() || (self.run.status() == RunStatus::Waiting) == waits_only);
            let input = self.next_input();
            self.give(input);
        }
        panic!("the run does not end");
    }

    fn next_input(&mut self) -> Input {
        if self.trouble && self.order.one_in(4) {
            return self.troublesome_input();
        }
        let (calls, timers) = (self.calls.len(), self.timers.len());
        let under_way = calls + timers + self.waits.len();
        assert!(under_way > 0, "nothing is under way, but the run has not ended");
        let happens = self.order.below(under_way);
        if happens < calls {
            let (step, inputs, resumed) = self.calls.swap_remove(happens);
            // In trouble everybody answers.
            let how = (self.interrupted.contains(&step), self.trouble);
            super::outcomes::outcome(self.workflow, self.outcomes, step, &inputs, &resumed, how)
        } else if happens < calls + timers {
            Input::RetryDue {
                step: self.timers.swap_remove(happens - calls),
            }
        } else {
            let (step, wait) = self.waits.swap_remove(happens - calls - timers);
            super::outcomes::resumption(self.outcomes, step, &wait)
        }
    }

    fn troublesome_input(&mut self) -> Input {
        let known = self.events.iter().filter_map(|event| match event {
            Event::StepStarted { step } => Some(step.clone()),
            _ => None,
        });
        let mut steps: Vec<StepId> = known.collect();
        // Results of calls under way and ends of waits are the business of `next_input`.
        steps.retain(|step| !self.calls.iter().any(|(called, ..)| called == step));
        steps.retain(|step| !self.waits.iter().any(|(waiting, _)| waiting == step));
        let (node, iteration, attempt) = (NodeIndex(1_000_000), Vec::new(), 1);
        steps.push(StepId {
            node,
            iteration,
            attempt,
        });
        let (node, iteration) = (NodeIndex(0), vec![3]);
        steps.push(StepId {
            node,
            iteration,
            attempt,
        });
        let step = self.order.pick(&steps).clone();
        let cost = Cost::default();
        match self.order.below(18) {
            0 => Input::Cancel {
                reason: CancelReason::Requested,
            },
            1 => Input::TimeOut,
            2 => Input::Abort {
                error: error("abort", false),
            },
            3 => Input::Request {
                trigger: NodeIndex(0),
                input: ItemList::default(),
                plan: Plan::default(),
            },
            4 => Input::Start,
            5 => Input::RetryDue { step },
            6 | 7 => Input::Failed {
                step,
                error: error("late", true),
                degraded: None,
                cost,
            },
            8 | 9 => Input::Suspended {
                step,
                wait: Wait::Time { until_ms: 1 },
                state: String::new(),
                cost,
            },
            10..=12 => Input::Resumed {
                step,
                by: *self
                    .order
                    .pick(&[ResumedBy::Rounds, ResumedBy::Time, ResumedBy::Signal]),
                items: ItemList::default(),
            },
            _ => Input::Succeeded {
                step,
                outputs: vec![(PortIndex(0), list(&["late"]))],
                variables: vec![("late".to_owned(), Json::empty_object())],
                response: Some(response(599)),
                cost,
            },
        }
    }

    fn give(&mut self, input: Input) {
        let effects = step(self.workflow, &mut self.run, input);
        self.perform(effects);
        if let Some(shelf) = &mut self.shelf {
            shelf.spill(&mut self.run, 0);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            assert!(self.finished.is_empty(), "after the end: {effect:?}");
            match effect {
                Effect::Record(event) => self.record(event),
                Effect::Call {
                    step,
                    inputs,
                    resumed,
                } => {
                    let same = |called: &StepId| called.place() == step.place();
                    assert!(
                        self.calls.iter().all(|(called, ..)| !same(called)),
                        "called twice: {step:?}"
                    );
                    assert_eq!(inputs.len(), self.workflow.node(step.node).node_type.inputs.len());
                    assert_eq!(inputs, self.run.inputs(self.workflow, &step));
                    assert!(self.interrupted.is_empty(), "a call in a run that ends: {step:?}");
                    assert!(!self.has_result(&step), "it has a result: {step:?}");
                    let inputs = match &self.shelf {
                        Some(shelf) => inputs.iter().map(|list| shelf.load(list)).collect(),
                        None => inputs,
                    };
                    self.calls.push((step, inputs, resumed));
                    assert!(self.calls.len() <= self.workflow.settings.concurrency as usize);
                }
                Effect::RetryAfter { step, .. } => self.timers.push(step),
                Effect::Wait { step, wait } => self.waits.push((step, wait)),
                Effect::Interrupt { step } => {
                    let is_called = self.calls.iter().any(|(called, ..)| *called == step);
                    let has_children = |(waiting, wait): &(StepId, Wait)| {
                        *waiting == step && matches!(wait, Wait::Children { .. })
                    };
                    assert!(
                        is_called || self.waits.iter().any(has_children),
                        "not under way: {step:?}"
                    );
                    assert!(!self.interrupted.contains(&step), "interrupted twice: {step:?}");
                    self.interrupted.push(step);
                }
                Effect::Finished(status) => self.finished.push(status),
            }
        }
        assert_eq!(self.replayed.status(), self.run.status());
        assert!(self.replayed.steps().eq(self.run.steps()));
        assert_eq!(self.replayed.pending_steps(), self.run.pending_steps());
        assert_eq!(self.replayed.variables(), self.run.variables());
        assert_eq!(self.replayed.response(), self.run.response());
        for summary in self.run.steps() {
            let place = summary.step.place();
            assert_eq!(self.replayed.variables_at(&place), self.run.variables_at(&place));
        }
        // What the run says of itself is what this shell was told.
        if !self.run.is_finished() {
            let mut waits: Vec<_> = self
                .waits
                .iter()
                .map(|(step, wait)| (step.place(), wait))
                .collect();
            waits.sort_by(|one, other| one.0.cmp(&other.0));
            assert!(
                self.run
                    .waits()
                    .map(|(step, wait)| (step.place(), wait))
                    .eq(waits)
            );
        }
    }

    fn has_result(&self, called: &StepId) -> bool {
        let mut events = self.events.iter();
        events
            .any(|event| matches!(event, Event::StepSucceeded { step, .. } if step.place() == called.place()))
    }

    fn record(&mut self, event: Event) {
        match &event {
            Event::StepStarted { .. } => {
                assert!(!self.events.contains(&event), "recorded twice: {event:?}");
            }
            Event::ResponseSent { step, status } => {
                let sent = |event: &Event| matches!(event, Event::ResponseSent { .. });
                assert!(!self.events.iter().any(sent), "answered twice: {event:?}");
                let gave = |event: &Event| {
                    matches!(event, Event::StepSucceeded { step: done, response: Some(response), .. }
                        if done == step && response.status == *status)
                };
                assert!(self.events.iter().any(gave), "nobody's answer: {event:?}");
            }
            Event::StepFailed { step, .. } => self.waits.retain(|(waiting, _)| waiting != step),
            _ => {}
        }
        replay(self.workflow, &mut self.replayed, &event)
            .unwrap_or_else(|error| panic!("{event:?}: {error}"));
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
