use crate::ending::Ending;
use crate::step::Turn;
use crate::{AfterFailure, Cost, Effect, Event, Place, ResumedBy, StepError};

/// Does all that is possible now: answers, ends the run, or passes nodes over and calls others.
pub(crate) fn go_on(turn: &mut Turn<'_>) {
    if turn.run.is_finished() {
        return;
    }
    answer(turn);
    if let Some(ending) = turn.run.ending() {
        close_idle_steps(turn);
        let facts = &turn.run.facts;
        if facts.in_flight.is_empty() && facts.suspended.is_empty() {
            end(turn, ending);
        }
        return;
    }
    if !turn.run.facts.started {
        return;
    }
    skip(turn);
    call(turn);
    let facts = &turn.run.facts;
    if facts.in_flight.is_empty() && facts.retrying.is_empty() && facts.suspended.is_empty() {
        end(turn, Ending::Succeeded);
    }
}

/// Also in a run that ends, since the step that answered succeeded; and after a crash between the step's result and this.
fn answer(turn: &mut Turn<'_>) {
    if let Some(answered) = turn.run.unsent() {
        let (step, status) = (answered.step.clone(), answered.response.status);
        turn.record(Event::ResponseSent { step, status });
    }
}

fn end(turn: &mut Turn<'_>, ending: Ending) {
    let status = ending.status();
    turn.record(ending.into_event());
    turn.perform(Effect::Finished(status));
}

/// Steps of a run that ends which wait for something: nothing is under way that could come back. But where it is other runs
/// that they wait for, those are stopped first: the shell was told to. A run whose end is recorded has none left behind it,
/// so no crash can come between its end and theirs.
fn close_idle_steps(turn: &mut Turn<'_>) {
    let facts = &turn.run.facts;
    let idle = facts.suspended.union(&turn.run.told.queued);
    let idle: Vec<Place> = idle.filter(|place| !facts.has_children(place)).cloned().collect();
    for place in idle {
        close(turn, &place);
    }
}

/// Records that nobody waits for a step any more.
pub(crate) fn close(turn: &mut Turn<'_>, place: &Place) {
    let attempt = turn.run.facts.node(place).map_or(0, |node| node.attempts);
    turn.record(Event::StepFailed {
        step: place.step(attempt),
        error: StepError::interrupted(),
        then: AfterFailure::Stop,
        outputs: Vec::new(),
        cost: Cost::default(),
    });
}

/// Before any call, so that all nodes whose turn it is are known. A skipped node may give others their turn.
fn skip(turn: &mut Turn<'_>) {
    while let Some(place) = turn.run.facts.skippable.first().cloned() {
        let Some(reason) = turn.run.facts.skip_reason(turn.workflow, &place) else {
            return;
        };
        turn.record(Event::StepSkipped {
            node: place.node,
            iteration: place.iteration,
            reason,
        });
    }
}

fn call(turn: &mut Turn<'_>) {
    while turn.free_places() > 0 {
        let Some(place) = next_call(turn) else { return };
        if !turn.run.told.queued.remove(&place) {
            begin_call(turn, &place);
        }
        turn.call(&place);
    }
}

/// In front of a call, but for those that were resumed from outside.
fn begin_call(turn: &mut Turn<'_>, place: &Place) {
    let node = turn.run.facts.node(place);
    if turn.run.facts.resumable.contains(place) {
        let step = place.step(node.map_or(0, |node| node.attempts));
        turn.record(Event::StepResumed {
            step,
            by: ResumedBy::Rounds,
            items: monshyflow_items::ItemList::default(),
        });
    } else {
        let step = place.step(node.map_or(1, crate::node_state::NodeState::next_attempt));
        turn.record(Event::StepStarted { step });
    }
}

/// Earlier rounds first, then in the order of nodes.
fn next_call(turn: &Turn<'_>) -> Option<Place> {
    let (facts, told) = (&turn.run.facts, &turn.run.told);
    let waiting = [&facts.callable, &facts.resumable, &told.due, &told.queued];
    waiting.iter().filter_map(|places| places.first()).min().cloned()
}

impl Turn<'_> {
    pub(crate) fn free_places(&self) -> usize {
        let places = self.workflow.settings.concurrency.max(1) as usize;
        let called = self.run.facts.in_flight.len() - self.run.told.queued.len();
        places.saturating_sub(called)
    }

    /// Calls a step that is in flight.
    pub(crate) fn call(&mut self, place: &Place) {
        let Some(node) = self.run.facts.node(place) else {
            return;
        };
        let step = place.step(node.attempts);
        let resumed = node.pause.as_ref().and_then(|pause| pause.resumed.clone());
        let inputs = self.run.facts.inputs(self.workflow, place);
        self.perform(Effect::Call {
            step,
            inputs,
            resumed,
        });
    }
}
