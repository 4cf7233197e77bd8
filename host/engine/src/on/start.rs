use crate::Event;
use crate::step::Turn;

/// A worker that takes a run over says so too: only the first start is a fact.
pub(crate) fn start(turn: &mut Turn<'_>) -> bool {
    let first = !turn.run.facts.started && turn.run.ending().is_none();
    if first {
        turn.record(Event::RunStarted);
    }
    first
}
