use crate::StepId;
use crate::step::Turn;

/// The attempt is started when there is a place for it, so being due is no event of its own.
pub(crate) fn retry_due(turn: &mut Turn<'_>, step: &StepId) -> bool {
    let awaited = turn.run.facts.retrying.contains(&step.node)
        && turn.run.facts.node(step.node).next_step(step.node) == *step;
    awaited && turn.run.told.due.insert(step.node)
}
