use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::apply::apply;
use crate::node_state::NodeState;
use crate::tokens::{may_leave_by, output_ports};
use crate::{AfterFailure, Event, Iteration, Place, ResumedBy, Run, SkipReason, StepId, Wait, rounds};

/// A history that does not fit its workflow: it is damaged or belongs to another one. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("event `{event}` names node {node}, but the workflow has only {nodes}")]
    UnknownNode {
        event: &'static str,
        node: u32,
        nodes: usize,
    },
    #[error(
        "event `{event}` names output port {port} of node `{node}`, by which no items may leave; it has {ports}"
    )]
    UnknownPort {
        event: &'static str,
        node: String,
        port: u16,
        ports: u16,
    },
    /// The run was not in a state in which this could happen.
    #[error("event `{event}` cannot follow what the history says before: {why}")]
    OutOfTurn { event: &'static str, why: &'static str },
}

/// Leads a run to the state in which it was when `event` was recorded. On an error the run is unchanged.
pub fn replay(workflow: &Workflow, run: &mut Run, event: &Event) -> Result<(), ReplayError> {
    check(workflow, run, event)?;
    apply(workflow, run, event);
    Ok(())
}

fn check(workflow: &Workflow, run: &Run, event: &Event) -> Result<(), ReplayError> {
    let demand = |met: bool, why: &'static str| match met {
        true => Ok(()),
        false => Err(ReplayError::OutOfTurn {
            event: event.kind(),
            why,
        }),
    };
    if let Some(node) = event.node() {
        known_node(workflow, event, node)?;
    }
    demand(!run.is_finished(), "the run has ended")?;
    let requested = run.facts.request.is_some();
    demand(
        requested || matches!(event, Event::RunRequested { .. } | Event::RunFailed { .. }),
        "the run was not requested",
    )?;
    match event {
        Event::RunRequested { plan, .. } => {
            demand(!requested, "the run was requested already")?;
            plan.to.map_or(Ok(()), |to| known_node(workflow, event, to))
        }
        Event::RunStarted => demand(!run.facts.started, "the run was started already"),
        Event::StepStarted { step } => demand(may_start(run, step), "it is not this step's turn"),
        Event::StepSucceeded {
            step,
            outputs,
            response,
            ..
        } => {
            demand(run.is_in_flight(step), "the step is not in flight")?;
            let is_first = response.is_none() || run.facts.answered.is_none();
            demand(is_first, "the run had answered already")?;
            known_ports(workflow, event, step.node, outputs)
        }
        Event::StepFailed {
            step, outputs, then, ..
        } => {
            let ended_waiting = *then == AfterFailure::Stop && run.is_suspended(step);
            demand(
                run.is_in_flight(step) || ended_waiting,
                "the step is not in flight",
            )?;
            let goes_on = matches!(then, AfterFailure::Continue | AfterFailure::Port);
            demand(
                goes_on || outputs.is_empty(),
                "nothing leaves a step that is retried or ends the run",
            )?;
            known_ports(workflow, event, step.node, outputs)
        }
        Event::StepSkipped {
            node,
            iteration,
            reason,
        } => demand(
            may_skip(workflow, run, *node, iteration, *reason),
            "it is not this node's turn to be skipped for that reason",
        ),
        Event::StepSuspended { step, wait, .. } => {
            demand(run.is_in_flight(step), "the step is not in flight")?;
            demand(
                may_wait(workflow, run, step, wait),
                "the node cannot be suspended for that",
            )
        }
        Event::StepResumed { step, by, items } => demand(
            may_resume(run, step, *by, items),
            "the step does not wait for that",
        ),
        Event::ResponseSent { step, .. } => demand(
            run.unsent().is_some_and(|answered| answered.step == *step),
            "the step has no answer that was not sent",
        ),
        Event::Log { .. } | Event::Progress { .. } => Ok(()),
        Event::RunSucceeded | Event::RunFailed { .. } | Event::RunCancelled { .. } | Event::RunTimedOut => {
            demand(run.facts.in_flight.is_empty(), "a step is still in flight")?;
            demand(run.facts.suspended.is_empty(), "a step still waits")?;
            demand(run.unsent().is_none(), "an answer was not sent")
        }
    }
}

fn may_start(run: &Run, step: &StepId) -> bool {
    let (facts, place) = (&run.facts, step.place());
    let awaited = facts.callable.contains(&place) || facts.retrying.contains(&place);
    let next = facts.node(&place).map(NodeState::next_attempt);
    facts.started && awaited && next == Some(step.attempt)
}

fn may_skip(
    workflow: &Workflow,
    run: &Run,
    node: NodeIndex,
    iteration: &Iteration,
    reason: SkipReason,
) -> bool {
    let facts = &run.facts;
    let place = Place {
        iteration: iteration.clone(),
        node,
    };
    facts.started && facts.skippable.contains(&place) && facts.skip_reason(workflow, &place) == Some(reason)
}

fn may_wait(workflow: &Workflow, run: &Run, step: &StepId, wait: &Wait) -> bool {
    let state = run.facts.node(&step.place());
    let pause = state.and_then(|state| state.pause.as_deref());
    let refused = match wait {
        Wait::Rounds { counts, .. } => rounds::refusal(workflow, step.node, pause, counts.len()).is_some(),
        _ => false,
    };
    !refused && wait.adds_up()
}

fn may_resume(run: &Run, step: &StepId, by: ResumedBy, items: &ItemList) -> bool {
    if by == ResumedBy::Rounds {
        let over = run.facts.resumable.contains(&step.place());
        return over && run.is_suspended(step) && items.is_empty();
    }
    run.waits_for(step, by)
}

fn known_node(workflow: &Workflow, event: &Event, node: NodeIndex) -> Result<(), ReplayError> {
    let nodes = workflow.nodes.len();
    if (node.0 as usize) < nodes {
        Ok(())
    } else {
        Err(ReplayError::UnknownNode {
            event: event.kind(),
            node: node.0,
            nodes,
        })
    }
}

fn known_ports(
    workflow: &Workflow,
    event: &Event,
    node: NodeIndex,
    outputs: &[(PortIndex, ItemList)],
) -> Result<(), ReplayError> {
    let node = workflow.node(node);
    let ports = output_ports(node);
    match outputs.iter().find(|(port, _)| !may_leave_by(node, *port)) {
        None => Ok(()),
        Some((port, _)) => Err(ReplayError::UnknownPort {
            event: event.kind(),
            node: node.name.clone(),
            port: port.0,
            ports,
        }),
    }
}
