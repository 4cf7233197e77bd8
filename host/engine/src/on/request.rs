use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, Workflow};

use crate::ending::Ending;
use crate::step::Turn;
use crate::{Effect, Event, Plan, RunStatus, StepError, plan};

pub(crate) fn request(turn: &mut Turn<'_>, trigger: NodeIndex, input: ItemList, plan: Plan) -> bool {
    if turn.run.facts.request.is_some() || turn.run.is_finished() {
        return false;
    }
    match refusal(turn.workflow, trigger, &plan) {
        None => turn.record(Event::RunRequested { trigger, input, plan }),
        // Nothing was requested that could be recorded, but the caller must still see an end.
        Some(error) => {
            turn.record(Ending::Failed { node: None, error }.into_event());
            turn.perform(Effect::Finished(RunStatus::Failed));
        }
    }
    true
}

fn refusal(workflow: &Workflow, trigger: NodeIndex, plan: &Plan) -> Option<StepError> {
    let unknown = |node: NodeIndex| format!("the workflow has no node with index {}", node.0);
    let not_a_trigger = |message| Some(StepError::permanent("not-a-trigger", message));
    let Some(node) = workflow.nodes.get(trigger.0 as usize) else {
        return not_a_trigger(unknown(trigger));
    };
    if !node.node_type.is_trigger() && *plan == Plan::default() {
        let name = &node.name;
        return not_a_trigger(format!(
            "node `{name}` cannot start a run: choose a trigger of the workflow"
        ));
    }
    let to = plan.to?;
    let message = match workflow.nodes.get(to.0 as usize) {
        None => unknown(to),
        Some(_) if plan::reached(workflow, trigger, plan)[to.0 as usize] => return None,
        Some(target) => format!(
            "no path leads from node `{}` to node `{}`: choose another trigger",
            node.name, target.name
        ),
    };
    Some(StepError::permanent("unreachable-target", message))
}
