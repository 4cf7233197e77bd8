//! From a record back to the engine's event. Items that were passed on are references to the step's input, so the run must
//! be in the state in which it was when the event was recorded.

use std::borrow::Cow;
use std::sync::Arc;

use monshyflow_engine::{
    AfterFailure, CancelReason, Cost, Event, LogLevel, Plan, Response, ResponseBody, Run, SkipReason,
    StepError, StepId, Wait,
};
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList, ItemRef, Json};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::record::{
    CAUSES, CostRecord, ErrorRecord, EventRecord, FullList, ResponseRecord, cause, log_level, skip_reason,
};
use crate::{Error, Journal};

pub(crate) async fn event(
    journal: &Journal,
    tenant: &TenantId,
    workflow: &Workflow,
    run: &Run,
    mut record: EventRecord<FullList>,
) -> Result<Event, Error> {
    let kind = std::mem::take(&mut record.kind);
    let node = record
        .node
        .as_deref()
        .map(|id| find_node(workflow, id))
        .transpose()?;
    Ok(match kind.as_str() {
        "run-requested" => {
            let input = present(record.input, "input")?.list;
            let input = input
                .into_list(|_| None)
                .map_err(|error| Error::Damaged(error.to_string()))?;
            let to = record.to.as_deref().map(|id| find_node(workflow, id));
            Event::RunRequested {
                trigger: present(node, "node")?,
                input,
                plan: Plan {
                    to: to.transpose()?,
                    pins: record.pins,
                },
            }
        }
        "run-started" => Event::RunStarted,
        "step-started" => Event::StepStarted {
            step: step(node, &record)?,
        },
        "step-succeeded" | "step-failed" | "step-suspended" | "step-resumed" => {
            let step = step(node, &record)?;
            step_event(journal, tenant, workflow, run, &kind, step, record).await?
        }
        "step-skipped" => {
            let named = |reason: &SkipReason| record.reason.as_deref() == Some(skip_reason(*reason));
            let reason = [SkipReason::Dead, SkipReason::Disabled, SkipReason::Pinned]
                .into_iter()
                .find(named);
            Event::StepSkipped {
                node: present(node, "node")?,
                reason: present(reason, "reason")?,
                iteration: record.iteration,
            }
        }
        "response-sent" => Event::ResponseSent {
            step: step(node, &record)?,
            status: present(record.status, "status")?,
        },
        "log" => {
            let named = |level: &LogLevel| record.level.as_deref() == Some(log_level(*level));
            let levels = [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
            let level = present(levels.into_iter().find(named), "level")?;
            Event::Log {
                step: step(node, &record)?,
                level,
                message: present(record.message, "message")?,
            }
        }
        "progress" => Event::Progress {
            step: step(node, &record)?,
            fraction: record.fraction,
            message: present(record.message, "message")?,
        },
        "run-succeeded" => Event::RunSucceeded,
        "run-failed" => Event::RunFailed {
            node,
            error: error(present(record.error, "error")?),
        },
        "run-cancelled" => {
            let named = |reason: &CancelReason| record.reason.as_deref() == Some(reason.as_str());
            // Histories of old had no reason.
            let reason = CancelReason::ALL.into_iter().find(named);
            Event::RunCancelled {
                reason: reason.unwrap_or(CancelReason::Requested),
            }
        }
        "run-timed-out" => Event::RunTimedOut,
        other => return Err(Error::Damaged(format!("an event of the unknown type `{other}`"))),
    })
}

/// How a call of a step ended, or how its wait did.
async fn step_event(
    journal: &Journal,
    tenant: &TenantId,
    workflow: &Workflow,
    run: &Run,
    kind: &str,
    step: StepId,
    mut record: EventRecord<FullList>,
) -> Result<Event, Error> {
    Ok(match kind {
        "step-succeeded" => {
            let cost = record.cost.take().map(cost).unwrap_or_default();
            let outputs = outputs(journal, tenant, workflow, run, &step, record.outputs, false).await?;
            let variables = record.variables.into_iter();
            Event::StepSucceeded {
                step,
                outputs,
                variables: variables
                    .map(|(name, value)| (name, Json::from_raw(&value)))
                    .collect(),
                response: record.response.map(response),
                cost,
            }
        }
        "step-failed" => {
            let then = then(record.then.as_deref(), record.delay_ms)?;
            let error = error(present(record.error.take(), "error")?);
            let cost = record.cost.take().map(cost).unwrap_or_default();
            let by_error_port = then == AfterFailure::Port;
            let outputs = outputs(
                journal,
                tenant,
                workflow,
                run,
                &step,
                record.outputs,
                by_error_port,
            )
            .await?;
            Event::StepFailed {
                step,
                error,
                then,
                outputs,
                cost,
            }
        }
        "step-suspended" => {
            let cost = record.cost.take().map(cost).unwrap_or_default();
            let state = present(record.state.take(), "state")?;
            let items = match record.input.take() {
                Some(input) => {
                    let inputs = passed_inputs(journal, tenant, workflow, run, &step, [&input]).await?;
                    list_of(input, &inputs)?
                }
                None => ItemList::default(),
            };
            let wait = wait(record, items)?;
            Event::StepSuspended {
                step,
                wait,
                state,
                cost,
            }
        }
        _ => {
            let by = CAUSES
                .into_iter()
                .find(|by| record.by.as_deref() == Some(cause(*by)));
            let items = record.input.take().map(|input| list_of(input, &[])).transpose()?;
            Event::StepResumed {
                step,
                by: present(by, "by")?,
                items: items.unwrap_or_default(),
            }
        }
    })
}

fn step(node: Option<NodeIndex>, record: &EventRecord<FullList>) -> Result<StepId, Error> {
    let attempt = present(record.attempt, "attempt")?;
    Ok(StepId {
        node: present(node, "node")?,
        iteration: record.iteration.clone(),
        attempt,
    })
}

async fn outputs(
    journal: &Journal,
    tenant: &TenantId,
    workflow: &Workflow,
    run: &Run,
    step: &StepId,
    records: Vec<FullList>,
    by_error_port: bool,
) -> Result<Vec<(PortIndex, ItemList)>, Error> {
    let inputs = passed_inputs(journal, tenant, workflow, run, step, &records).await?;
    let node_type = &workflow.node(step.node).node_type;
    let mut outputs = Vec::with_capacity(records.len());
    for mut record in records {
        let name = present(record.port.take(), "port")?;
        let port = if by_error_port {
            Some(node_type.error_port())
        } else {
            node_type.output(&name)
        };
        let port = port.ok_or_else(|| Error::Damaged(format!("the node has no output port `{name}`")))?;
        outputs.push((port, list_of(record, &inputs)?));
    }
    Ok(outputs)
}

/// The inputs of a step with the items in memory that some of these lists only refer to; empty if none does.
async fn passed_inputs(
    journal: &Journal,
    tenant: &TenantId,
    workflow: &Workflow,
    run: &Run,
    step: &StepId,
    records: impl IntoIterator<Item = &FullList>,
) -> Result<Vec<ItemList>, Error> {
    let mut passed: Vec<ItemRef> = Vec::new();
    for record in records {
        passed.extend(record.list.passed());
    }
    if passed.is_empty() {
        return Ok(Vec::new());
    }
    let mut inputs = run.inputs(workflow, step);
    passed.sort_unstable_by_key(|from| (from.port, from.index));
    for (port, input) in inputs.iter_mut().enumerate() {
        let of_port = passed.iter().filter(|from| usize::from(from.port) == port);
        let wanted: Vec<u32> = of_port.map(|from| from.index).collect();
        load_wanted(journal, tenant, input, &wanted).await?;
    }
    Ok(inputs)
}

fn list_of(record: FullList, inputs: &[ItemList]) -> Result<ItemList, Error> {
    let list = record
        .list
        .into_list(|from| nth(inputs.get(usize::from(from.port))?, from.index));
    list.map_err(|error| Error::Damaged(error.to_string()))
}

fn wait(record: EventRecord<FullList>, items: ItemList) -> Result<Wait, Error> {
    let (counts, until_ms, details) = (record.counts, record.until_ms, record.details);
    match record.wait.as_deref() {
        Some("rounds") => Ok(Wait::Rounds {
            items,
            counts,
            concurrency: present(record.concurrency, "concurrency")?,
        }),
        Some("time") => Ok(Wait::Time {
            until_ms: present(until_ms, "untilMs")?,
        }),
        Some("signal") => Ok(Wait::Signal { until_ms, details }),
        Some("children") => Ok(Wait::Children {
            items,
            counts,
            details: present(details, "details")?,
            until_ms,
        }),
        _ => Err(Error::Damaged("an event without `wait`".to_owned())),
    }
}

/// Loads those segments of an input that hold a wanted item. `wanted` ascends.
async fn load_wanted(
    journal: &Journal,
    tenant: &TenantId,
    input: &mut ItemList,
    wanted: &[u32],
) -> Result<(), Error> {
    let (mut segments, mut start) = (Vec::new(), 0_u64);
    for segment in input.segments() {
        let end = start + u64::from(segment.count());
        let first = wanted.partition_point(|index| u64::from(*index) < start);
        let is_wanted = wanted.get(first).is_some_and(|index| u64::from(*index) < end);
        segments.push(match is_wanted {
            true => journal.loaded(tenant, segment).await?,
            false => segment.clone(),
        });
        start = end;
    }
    *input = ItemList::from_segments(segments);
    Ok(())
}

fn nth(list: &ItemList, index: u32) -> Option<Cow<'_, Item>> {
    let mut index = index as usize;
    for segment in list.segments() {
        let count = segment.count() as usize;
        if index < count {
            return segment.items()?.get(index).map(Cow::Borrowed);
        }
        index -= count;
    }
    None
}

fn find_node(workflow: &Workflow, id: &str) -> Result<NodeIndex, Error> {
    workflow
        .by_id(id)
        .ok_or_else(|| Error::Damaged(format!("the workflow has no node `{id}`")))
}

fn then(text: Option<&str>, delay_ms: Option<u64>) -> Result<AfterFailure, Error> {
    match text {
        Some("retry") => Ok(AfterFailure::Retry {
            delay_ms: present(delay_ms, "delayMs")?,
        }),
        Some("stop") => Ok(AfterFailure::Stop),
        Some("continue") => Ok(AfterFailure::Continue),
        Some("port") => Ok(AfterFailure::Port),
        _ => Err(Error::Damaged("an event without `then`".to_owned())),
    }
}

fn cost(record: CostRecord) -> Cost {
    Cost {
        wall_micros: record.wall_micros,
        guest_cpu_micros: record.guest_cpu_micros,
        peak_memory: record.peak_memory,
        bytes_in: record.bytes_in,
        bytes_out: record.bytes_out,
        calls: record.calls,
        capabilities: record.capabilities,
    }
}

fn response(record: ResponseRecord) -> Arc<Response> {
    let body = match (record.text, record.object) {
        (Some(text), _) => ResponseBody::Text(text.into()),
        (None, Some(object)) => ResponseBody::Stored {
            object,
            size: record.bytes,
        },
        (None, None) => ResponseBody::Empty,
    };
    Arc::new(Response {
        status: record.status,
        headers: record.headers,
        body,
    })
}

fn error(record: ErrorRecord) -> StepError {
    StepError {
        code: record.code,
        message: record.message,
        retryable: record.retryable,
        retry_after_ms: record.retry_after_ms,
        details: record.details,
    }
}

fn present<T>(value: Option<T>, what: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::Damaged(format!("an event without `{what}`")))
}
