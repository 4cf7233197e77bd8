use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::apply::apply;
use crate::node_state::Stage;
use crate::tokens::output_ports;
use crate::{AfterFailure, Event, Iteration, Run, SkipReason, StepId};

/// A history that does not fit its workflow: it is damaged or belongs to another one. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("event `{event}` names node {node}, but the workflow has only {nodes}")]
    UnknownNode {
        event: &'static str,
        node: u32,
        nodes: usize,
    },
    #[error("event `{event}` names output port {port} of node `{node}`, which has only {ports}")]
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
        Event::RunRequested { .. } => demand(!requested, "the run was requested already"),
        Event::RunStarted => demand(!run.facts.started, "the run was started already"),
        Event::StepStarted { step } => demand(may_start(run, step), "it is not this step's turn"),
        Event::StepSucceeded { step, outputs, .. } => {
            demand(run.is_in_flight(step), "the step is not in flight")?;
            known_ports(workflow, event, step.node, outputs)
        }
        Event::StepFailed {
            step, outputs, then, ..
        } => {
            demand(run.is_in_flight(step), "the step is not in flight")?;
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
            may_skip(run, *node, iteration, *reason),
            "it is not this node's turn to be skipped for that reason",
        ),
        Event::Log { .. } | Event::Progress { .. } => Ok(()),
        Event::RunSucceeded | Event::RunFailed { .. } | Event::RunCancelled | Event::RunTimedOut => {
            demand(run.facts.in_flight.is_empty(), "a step is still in flight")
        }
    }
}

fn may_start(run: &Run, step: &StepId) -> bool {
    let facts = &run.facts;
    let awaited = facts.callable.contains(&step.node) || facts.retrying.contains(&step.node);
    facts.started && awaited && facts.node(step.node).next_step(step.node) == *step
}

fn may_skip(run: &Run, node: NodeIndex, iteration: &Iteration, reason: SkipReason) -> bool {
    let facts = &run.facts;
    let awaited = facts.skippable.contains(&node) && facts.node(node).stage == Stage::Waiting;
    facts.started && awaited && iteration.is_empty() && facts.skip_reason(node) == reason
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
    match outputs.iter().find(|(port, _)| port.0 >= ports) {
        None => Ok(()),
        Some((port, _)) => Err(ReplayError::UnknownPort {
            event: event.kind(),
            node: node.name.clone(),
            port: port.0,
            ports,
        }),
    }
}
