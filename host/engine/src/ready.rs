use monshyflow_workflow::NodeIndex;

use crate::ending::Ending;
use crate::step::Turn;
use crate::{Effect, Event, SkipReason};

/// Does all that is possible now: ends the run, or passes nodes over and calls others.
pub(crate) fn go_on(turn: &mut Turn<'_>) {
    if turn.run.is_finished() {
        return;
    }
    if let Some(ending) = turn.run.ending() {
        if turn.run.facts.in_flight.is_empty() {
            end(turn, ending);
        }
        return;
    }
    if !turn.run.facts.started {
        return;
    }
    skip(turn);
    call(turn);
    if turn.run.facts.in_flight.is_empty() && turn.run.facts.retrying.is_empty() {
        end(turn, Ending::Succeeded);
    }
}

fn end(turn: &mut Turn<'_>, ending: Ending) {
    let status = ending.status();
    turn.record(ending.into_event());
    turn.perform(Effect::Finished(status));
}

/// Before any call, so that all nodes whose turn it is are known. A skipped node may give others their turn.
fn skip(turn: &mut Turn<'_>) {
    while let Some(node) = turn.run.facts.skippable.first().copied() {
        let reason = turn.run.facts.skip_reason(node);
        turn.record(Event::StepSkipped {
            node,
            iteration: Vec::new(),
            reason,
        });
    }
}

fn call(turn: &mut Turn<'_>) {
    let places = turn.workflow.settings.concurrency.max(1) as usize;
    while turn.run.facts.in_flight.len() < places {
        let Some(node) = next_call(turn) else { return };
        let step = turn.run.facts.node(node).next_step(node);
        turn.record(Event::StepStarted { step: step.clone() });
        let inputs = turn.run.inputs(turn.workflow, node);
        turn.perform(Effect::Call { step, inputs });
    }
}

fn next_call(turn: &Turn<'_>) -> Option<NodeIndex> {
    let first = turn.run.facts.callable.first();
    let again = turn.run.told.due.first();
    first.into_iter().chain(again).min().copied()
}

impl crate::run::Facts {
    /// Why a node among the `skippable` is not called.
    pub(crate) fn skip_reason(&self, node: NodeIndex) -> SkipReason {
        if self.node(node).live {
            SkipReason::Disabled
        } else {
            SkipReason::Dead
        }
    }
}
