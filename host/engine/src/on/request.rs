use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, Workflow};

use crate::ending::Ending;
use crate::step::Turn;
use crate::{Effect, Event, RunStatus, StepError};

pub(crate) fn request(turn: &mut Turn<'_>, trigger: NodeIndex, input: ItemList) -> bool {
    if turn.run.facts.request.is_some() || turn.run.is_finished() {
        return false;
    }
    match refusal(turn.workflow, trigger) {
        None => turn.record(Event::RunRequested { trigger, input }),
        // Nothing was requested that could be recorded, but the caller must still see an end.
        Some(error) => {
            turn.record(Ending::Failed { node: None, error }.into_event());
            turn.perform(Effect::Finished(RunStatus::Failed));
        }
    }
    true
}

fn refusal(workflow: &Workflow, trigger: NodeIndex) -> Option<StepError> {
    let message = match workflow.nodes.get(trigger.0 as usize) {
        Some(node) if node.node_type.is_trigger() => return None,
        Some(node) => format!(
            "node `{}` cannot start a run: choose a trigger of the workflow",
            node.name
        ),
        None => format!("the workflow has no node with index {}", trigger.0),
    };
    Some(StepError::permanent("not-a-trigger", message))
}
