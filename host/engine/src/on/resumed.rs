use monshyflow_items::ItemList;

use crate::step::Turn;
use crate::{Event, ResumedBy, StepId, ready};

/// The fact is recorded at once, so that it is not lost; the call waits for a place like any other.
pub(crate) fn resumed(turn: &mut Turn<'_>, step: StepId, by: ResumedBy, items: ItemList) -> bool {
    if !turn.run.waits_for(&step, by) {
        return false;
    }
    let place = step.place();
    if turn.run.ending().is_some() {
        // Its runs are over, which is all that was still waited for.
        ready::close(turn, &place);
        return true;
    }
    turn.record(Event::StepResumed { step, by, items });
    turn.run.told.queued.insert(place);
    true
}
