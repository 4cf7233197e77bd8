use std::collections::BTreeSet;

use monshyflow_workflow::{NodeIndex, Workflow};

use crate::plan::spread;
use crate::{AfterFailure, Event, Place, ReplayError, Run, replay};

/// Why a run cannot be taken up again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReopenError {
    #[error("the run was never requested, so there is nothing to go on with")]
    NotRequested,
    #[error("the run has not ended yet")]
    NotEnded,
    #[error("the run succeeded: there is nothing left to do; run it again, or from a certain node")]
    Succeeded,
    #[error("the workflow has no node with index {0}")]
    UnknownNode(u32),
    #[error("node `{0}` stands inside a loop: run from the loop itself, or from a node in front of it")]
    InsideLoop(String),
    #[error("node `{0}` had no part in the run: choose a node that the run's trigger leads to")]
    NoPart(String),
    #[error("node `{node}` needs what `{before}` puts out, but `{before}` did not end well in that run")]
    NotDone { node: String, before: String },
    #[error("nothing arrived at node `{0}` in that run")]
    NothingArrived(String),
    #[error("the run does not fit the workflow as it is now: {0}")]
    DoesNotFit(#[from] ReplayError),
}

/// The beginning of a new run's history, made of that of one that has ended. Replay it on a new run, then call `resume`.
///
/// Without `from`, the run goes on where it failed or was stopped: steps that ended it get another attempt, and whoever
/// waited waits again. With `from`, that node and everything behind it run anew on what the old run brought to them.
///
/// # Errors
///
/// If there is nothing to go on with, or if the history does not lead there in this workflow.
pub fn reopen(
    workflow: &Workflow,
    events: Vec<Event>,
    from: Option<NodeIndex>,
) -> Result<Vec<Event>, ReopenError> {
    if !matches!(events.first(), Some(Event::RunRequested { .. })) {
        return Err(ReopenError::NotRequested);
    }
    let anew = match from {
        None => {
            check_ended(&events)?;
            vec![false; workflow.nodes.len()]
        }
        Some(from) => behind(workflow, from)?,
    };
    let is_anew = |event: &Event| match event {
        Event::RunRequested { .. } | Event::RunFailed { .. } => false,
        event => event
            .node()
            .is_some_and(|node| anew.get(node.0 as usize) == Some(&true)),
    };
    let kept: Vec<Event> = events.into_iter().filter(|event| !is_anew(event)).collect();
    let kept = without_end(kept);
    let mut run = Run::new();
    for event in &kept {
        replay(workflow, &mut run, event)?;
    }
    match from {
        None => Ok(kept),
        Some(from) => check_turn(workflow, &run, from).map(|()| kept),
    }
}

fn check_ended(events: &[Event]) -> Result<(), ReopenError> {
    match events.last() {
        Some(Event::RunSucceeded) => Err(ReopenError::Succeeded),
        Some(Event::RunFailed { .. } | Event::RunCancelled | Event::RunTimedOut) => Ok(()),
        _ => Err(ReopenError::NotEnded),
    }
}

/// By node index: whether the node is `from`, or runs only after it.
fn behind(workflow: &Workflow, from: NodeIndex) -> Result<Vec<bool>, ReopenError> {
    let Some(node) = workflow.nodes.get(from.0 as usize) else {
        return Err(ReopenError::UnknownNode(from.0));
    };
    if workflow.scope_of(from).is_some() {
        return Err(ReopenError::InsideLoop(node.name.clone()));
    }
    let onward = |node: NodeIndex| workflow.outgoing(node).iter().map(|edge| edge.to);
    Ok(spread(workflow, [from], onward))
}

/// Drops what only accompanied the run, its end, and what was recorded of steps because of it.
fn without_end(events: Vec<Event>) -> Vec<Event> {
    let mut suspended: BTreeSet<Place> = BTreeSet::new();
    let mut kept = Vec::with_capacity(events.len());
    for mut event in events {
        match &mut event {
            Event::Log { .. }
            | Event::Progress { .. }
            | Event::RunSucceeded
            | Event::RunFailed { .. }
            | Event::RunCancelled
            | Event::RunTimedOut => continue,
            Event::StepSuspended { step, .. } => {
                suspended.insert(step.place());
            }
            Event::StepResumed { step, .. } => {
                suspended.remove(&step.place());
            }
            Event::StepFailed { step, then, .. } if *then == AfterFailure::Stop => {
                // It only waited, and can do so again with the rounds that it has.
                if suspended.contains(&step.place()) {
                    continue;
                }
                *then = AfterFailure::Retry { delay_ms: 0 };
            }
            _ => {}
        }
        kept.push(event);
    }
    kept
}

/// It must be the turn of `from`: all before it is done, and something arrived.
fn check_turn(workflow: &Workflow, run: &Run, from: NodeIndex) -> Result<(), ReopenError> {
    let name = |node: NodeIndex| workflow.node(node).name.clone();
    let place = Place::outside(from);
    let Some(state) = run.facts.node(&place) else {
        return Err(ReopenError::NoPart(name(from)));
    };
    let back = |node: NodeIndex| workflow.incoming(node).iter().map(|edge| edge.from);
    let needed = spread(workflow, [from], back);
    let before = workflow.indices().filter(|node| {
        let outside = run.facts.layout.base == workflow.scope_of(*node);
        needed[node.0 as usize] && *node != from && outside
    });
    for node in before {
        if run
            .facts
            .node(&Place::outside(node))
            .is_some_and(|state| !state.is_done())
        {
            return Err(ReopenError::NotDone {
                node: name(from),
                before: name(node),
            });
        }
    }
    if state.live {
        Ok(())
    } else {
        Err(ReopenError::NothingArrived(name(from)))
    }
}
