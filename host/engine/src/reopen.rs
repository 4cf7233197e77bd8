use std::collections::BTreeSet;

use monshyflow_workflow::{NodeIndex, Workflow};

use crate::plan::{reached, spread};
use crate::{AfterFailure, Event, Place, Plan, ReplayError, Run, SkipReason, replay};

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
    #[error("node `{to}` does not come after node `{from}`: choose `{from}` itself or a node behind it")]
    NotBehind { from: String, to: String },
    #[error(
        "node `{0}` had pinned items in that run, which count only in runs of a draft: run the draft, or this version from the start"
    )]
    Pinned(String),
    #[error("the run does not fit the workflow as it is now: {0}")]
    DoesNotFit(#[from] ReplayError),
}

/// What of a run is to be done again, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Again {
    /// This node and everything behind it, on what the old run brought to them. Without it the run goes on where it failed or
    /// was stopped: steps that ended it get another attempt, and whoever waited waits again.
    pub from: Option<NodeIndex>,
    /// With `from`: no further than to this node, which is `from` or stands behind it.
    pub to: Option<NodeIndex>,
    /// Whether pinned items stand in for calls, if that is to be as the workflow is now and not as it was in the old run.
    pub pins: Option<bool>,
}

/// The beginning of a new run's history, made of that of one that has ended. Replay it on a new run, then call `resume`.
///
/// # Errors
///
/// If there is nothing to go on with, or if the history does not lead there in this workflow.
pub fn reopen(workflow: &Workflow, events: Vec<Event>, again: &Again) -> Result<Vec<Event>, ReopenError> {
    let Some(Event::RunRequested { trigger, plan, .. }) = events.first() else {
        return Err(ReopenError::NotRequested);
    };
    let plan = Plan {
        to: again.to.or(plan.to),
        pins: again.pins.unwrap_or(plan.pins),
    };
    let anew = match again.from {
        None => {
            check_ended(&events)?;
            vec![false; workflow.nodes.len()]
        }
        Some(from) => behind(workflow, from, again.to)?,
    };
    let has_part = reached(workflow, *trigger, &plan);
    let is_kept = |event: &Event| match event {
        Event::RunRequested { .. } | Event::RunFailed { .. } => true,
        event => event.node().is_none_or(|node| {
            let at = |nodes: &[bool]| nodes.get(node.0 as usize) == Some(&true);
            at(&has_part) && !at(&anew)
        }),
    };
    let kept = events.into_iter().filter(is_kept).collect();
    let kept = as_pinned(workflow, &plan, without_end(kept))?;
    let mut run = Run::new();
    for event in &kept {
        replay(workflow, &mut run, event)?;
    }
    match again.from {
        None => Ok(kept),
        Some(from) => check_turn(workflow, &run, from).map(|()| kept),
    }
}

/// With the new plan, and what is pinned by it instead of what the old run did there.
fn as_pinned(workflow: &Workflow, plan: &Plan, events: Vec<Event>) -> Result<Vec<Event>, ReopenError> {
    let mut kept = Vec::with_capacity(events.len());
    for mut event in events {
        if let Event::RunRequested { plan: old, .. } = &mut event {
            old.clone_from(plan);
        }
        let pinned = |node: NodeIndex| plan.pins && workflow.pinned.contains_key(&node);
        match &event {
            Event::StepSkipped {
                node,
                reason: SkipReason::Pinned,
                ..
            } if !pinned(*node) => return Err(ReopenError::Pinned(workflow.node(*node).name.clone())),
            Event::StepSucceeded { step, .. }
            | Event::StepFailed {
                step,
                then: AfterFailure::Continue | AfterFailure::Port,
                ..
            } if pinned(step.node) => kept.push(Event::StepSkipped {
                node: step.node,
                iteration: step.iteration.clone(),
                reason: SkipReason::Pinned,
            }),
            Event::StepStarted { step }
            | Event::StepFailed { step, .. }
            | Event::StepSuspended { step, .. }
            | Event::StepResumed { step, .. }
                if pinned(step.node) => {}
            _ => kept.push(event),
        }
    }
    Ok(kept)
}

fn check_ended(events: &[Event]) -> Result<(), ReopenError> {
    match events.last() {
        Some(Event::RunSucceeded) => Err(ReopenError::Succeeded),
        Some(Event::RunFailed { .. } | Event::RunCancelled { .. } | Event::RunTimedOut) => Ok(()),
        _ => Err(ReopenError::NotEnded),
    }
}

/// By node index: whether the node is `from`, or runs only after it. `to` must be one of them.
fn behind(workflow: &Workflow, from: NodeIndex, to: Option<NodeIndex>) -> Result<Vec<bool>, ReopenError> {
    let Some(node) = workflow.nodes.get(from.0 as usize) else {
        return Err(ReopenError::UnknownNode(from.0));
    };
    if workflow.scope_of(from).is_some() {
        return Err(ReopenError::InsideLoop(node.name.clone()));
    }
    let onward = |node: NodeIndex| workflow.outgoing(node).iter().map(|edge| edge.to);
    let behind = spread(workflow, [from], onward);
    match to {
        Some(to) if behind.get(to.0 as usize) != Some(&true) => Err(ReopenError::NotBehind {
            from: node.name.clone(),
            to: workflow
                .nodes
                .get(to.0 as usize)
                .map_or_else(|| to.0.to_string(), |to| to.name.clone()),
        }),
        _ => Ok(behind),
    }
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
            | Event::RunCancelled { .. }
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
