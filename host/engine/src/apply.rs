use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, Workflow};

use crate::ending::Ending;
use crate::layout::Layout;
use crate::node_state::Stage;
use crate::plan::{self, Outputs};
use crate::response::Answered;
use crate::run::{Request, Told};
use crate::{AfterFailure, Event, Place, Plan, Resumed, ResumedBy, Run, StepId, Wait};

/// Changes a run by a fact that fits it: `step` makes only such, `replay` checks first.
pub(crate) fn apply(workflow: &Workflow, run: &mut Run, event: &Event) {
    match event {
        Event::RunRequested { trigger, input, plan } => requested(workflow, run, *trigger, input, plan),
        Event::RunStarted => run.facts.started = true,
        Event::StepStarted { step } => started(run, step),
        Event::StepSucceeded {
            step,
            outputs,
            variables,
            response,
            ..
        } => {
            run.facts.variables.set(variables);
            if let (None, Some(response)) = (&run.facts.answered, response) {
                run.facts.answered = Some(Answered {
                    step: step.clone(),
                    response: response.clone(),
                    sent: false,
                });
            }
            done(workflow, run, &step.place(), Stage::Succeeded, outputs.clone());
        }
        Event::StepFailed {
            step,
            error,
            then,
            outputs,
            ..
        } => {
            let place = step.place();
            if let Some(state) = run.facts.node_mut(&place) {
                state.error = Some(Box::new(error.clone()));
            }
            failed(workflow, run, &place, *then, outputs);
        }
        Event::StepSkipped {
            node,
            iteration,
            reason,
        } => {
            let place = Place {
                iteration: iteration.clone(),
                node: *node,
            };
            let outputs = run.facts.outputs_of_skipped(workflow, &place, *reason);
            run.facts.skippable.remove(&place);
            done(workflow, run, &place, Stage::Skipped(*reason), outputs);
        }
        Event::StepSuspended {
            step, wait, state, ..
        } => suspended(workflow, run, &step.place(), wait, state),
        Event::StepResumed { step, by, items } => resumed(run, &step.place(), *by, items),
        Event::ResponseSent { .. } => {
            if let Some(answered) = &mut run.facts.answered {
                answered.sent = true;
            }
        }
        Event::Log { .. } | Event::Progress { .. } => {}
        Event::RunSucceeded => ended(run, Ending::Succeeded),
        Event::RunFailed { node, error } => ended(
            run,
            Ending::Failed {
                node: *node,
                error: error.clone(),
            },
        ),
        Event::RunCancelled { reason } => ended(run, Ending::Cancelled { reason: *reason }),
        Event::RunTimedOut => ended(run, Ending::TimedOut),
    }
}

fn requested(workflow: &Workflow, run: &mut Run, trigger: NodeIndex, input: &ItemList, plan: &Plan) {
    let facts = &mut run.facts;
    facts.request = Some(Request {
        trigger,
        input: input.clone(),
    });
    facts.layout = Layout::of(workflow, trigger, plan);
    if plan.pins {
        facts.pins = plan::pinned(workflow);
    }
    facts.begin(workflow, trigger);
}

fn started(run: &mut Run, step: &StepId) {
    let place = step.place();
    run.facts.callable.remove(&place);
    run.facts.retrying.remove(&place);
    run.told.due.remove(&place);
    if let Some(state) = run.facts.node_mut(&place) {
        state.stage = Stage::InFlight;
        state.attempts = step.attempt;
    }
    if step.attempt <= 1 {
        run.facts.variables.begin(&place);
    }
    run.facts.in_flight.insert(place);
}

fn failed(
    workflow: &Workflow,
    run: &mut Run,
    place: &Place,
    then: AfterFailure,
    outputs: &[(monshyflow_workflow::PortIndex, ItemList)],
) {
    if let AfterFailure::Continue | AfterFailure::Port = then {
        return done(workflow, run, place, Stage::Failed(then), outputs.to_vec());
    }
    no_longer_under_way(run, place);
    if then == AfterFailure::Stop {
        run.facts.variables.end(place);
    }
    let Some(state) = run.facts.node_mut(place) else {
        return;
    };
    if let AfterFailure::Retry { delay_ms } = then {
        state.stage = Stage::Retrying { delay_ms };
        run.facts.retrying.insert(place.clone());
    } else {
        state.stage = Stage::Failed(then);
        if let Some(pause) = &mut state.pause {
            pause.wait = None;
            pause.rounds = None;
        }
        let error = state.error.clone();
        if run.facts.failure.is_none() {
            run.facts.failure = error.map(|error| (place.node, *error));
        }
    }
}

fn suspended(workflow: &Workflow, run: &mut Run, place: &Place, wait: &Wait, said: &str) {
    no_longer_under_way(run, place);
    run.facts.suspended.insert(place.clone());
    let Some(state) = run.facts.node_mut(place) else {
        return;
    };
    state.stage = Stage::Suspended;
    let pause = state.pause.get_or_insert_default();
    said.clone_into(&mut pause.state);
    match wait {
        Wait::Rounds {
            items,
            counts,
            concurrency,
        } => run
            .facts
            .ask_for_rounds(workflow, place, items, counts, *concurrency),
        wait => pause.wait = Some(wait.clone()),
    }
}

fn resumed(run: &mut Run, place: &Place, by: ResumedBy, items: &ItemList) {
    no_longer_under_way(run, place);
    let Some(state) = run.facts.node_mut(place) else {
        return;
    };
    state.stage = Stage::InFlight;
    let pause = state.pause.get_or_insert_default();
    pause.wait = None;
    pause.calls += 1;
    pause.resumed = Some(Resumed {
        by,
        state: pause.state.clone(),
        items: items.clone(),
    });
    if by != ResumedBy::Rounds {
        pause.next = ItemList::default();
    }
    run.facts.variables.begin(place);
    run.facts.in_flight.insert(place.clone());
}

fn done(workflow: &Workflow, run: &mut Run, place: &Place, stage: Stage, mut outputs: Outputs) {
    outputs.sort_by_key(|(port, _)| *port);
    no_longer_under_way(run, place);
    let Some(state) = run.facts.node_mut(place) else {
        return;
    };
    state.stage = stage;
    state.outputs = outputs;
    run.facts.variables.end(place);
    run.facts.resolve_outgoing(workflow, place);
    run.facts.node_done(workflow, place);
}

fn no_longer_under_way(run: &mut Run, place: &Place) {
    run.facts.in_flight.remove(place);
    run.facts.suspended.remove(place);
    run.facts.resumable.remove(place);
    run.told.queued.remove(place);
}

/// Retries that were still to come are dropped, and so is what the process said about the run.
fn ended(run: &mut Run, ending: Ending) {
    for place in std::mem::take(&mut run.facts.retrying) {
        if let Some(state) = run.facts.node_mut(&place) {
            state.stage = Stage::Failed(AfterFailure::Stop);
        }
    }
    run.facts.callable.clear();
    run.facts.skippable.clear();
    run.facts.variables.end_all();
    run.facts.ended = Some(ending);
    run.told = Told::default();
}
