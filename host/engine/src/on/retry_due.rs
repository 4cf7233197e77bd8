use crate::StepId;
use crate::step::Turn;

/// The attempt is started when there is a place for it, so being due is no event of its own.
pub(crate) fn retry_due(turn: &mut Turn<'_>, step: &StepId) -> bool {
    let place = step.place();
    let facts = &turn.run.facts;
    let awaited = facts.retrying.contains(&place)
        && facts
            .node(&place)
            .is_some_and(|node| node.next_attempt() == step.attempt);
    awaited && turn.run.told.due.insert(place)
}
