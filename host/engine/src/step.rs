use monshyflow_workflow::Workflow;

use crate::apply::apply;
use crate::{Effect, Event, Input, Run, on, ready};

/// What a run does about something that happened outside.
///
/// An input that does not fit, such as a second result of a step, anything before the request or after the end, has no
/// effect. For equal workflows, runs and inputs the effects are equal; within them, steps are in the order
/// of their rounds, then of their nodes.
pub fn step(workflow: &Workflow, run: &mut Run, input: Input) -> Vec<Effect> {
    let mut turn = Turn::new(workflow, run);
    let heard = match input {
        Input::Request { trigger, input, plan } => on::request(&mut turn, trigger, input, plan),
        _ if turn.run.facts.request.is_none() || turn.run.is_finished() => false,
        Input::Start => on::start(&mut turn),
        Input::Succeeded {
            step,
            outputs,
            variables,
            response,
            cost,
        } => on::succeeded(
            &mut turn,
            step,
            on::Success {
                outputs,
                variables,
                response,
                cost,
            },
        ),
        Input::Failed {
            step,
            error,
            degraded,
            cost,
        } => on::failed(&mut turn, step, error, degraded, cost),
        Input::Suspended {
            step,
            wait,
            state,
            cost,
        } => on::suspended(&mut turn, step, wait, state, cost),
        Input::Resumed { step, by, items } => on::resumed(&mut turn, step, by, items),
        Input::RetryDue { step } => on::retry_due(&mut turn, &step),
        Input::Cancel { reason } => on::cancel(&mut turn, reason),
        Input::TimeOut => on::time_out(&mut turn),
        Input::Abort { error } => on::abort(&mut turn, error),
    };
    if heard {
        ready::go_on(&mut turn);
    }
    turn.effects
}

/// One call of `step` or `resume` under way.
pub(crate) struct Turn<'a> {
    pub(crate) workflow: &'a Workflow,
    pub(crate) run: &'a mut Run,
    pub(crate) effects: Vec<Effect>,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(workflow: &'a Workflow, run: &'a mut Run) -> Self {
        Self {
            workflow,
            run,
            effects: Vec::new(),
        }
    }

    /// The only way in which a turn changes the facts of a run.
    pub(crate) fn record(&mut self, event: Event) {
        apply(self.workflow, self.run, &event);
        self.effects.push(Effect::Record(event));
    }

    pub(crate) fn perform(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}
