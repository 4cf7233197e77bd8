use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use monshyflow_capabilities::suspension::{Suspension, Until};
use monshyflow_catalog::Component;
use monshyflow_engine::{Cost, Input, Response, Resumed, StepError, StepId, Wait};
use monshyflow_items::{Item, ItemList, ItemRef, Json, Source};
use monshyflow_journal::{Appender, Error as JournalError};
use monshyflow_manifest::Mode;
use monshyflow_workflow::{Node, OnError, PortIndex};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::answer::kept;
use crate::batch::{Batch, batches};
use crate::call_batch::{Returned, StepCall};
use crate::convert::{Noted, emitted_item, input_item, reference, step_error};
use crate::degrade::{degrade, degraded_nothing};
use crate::drive::RunFacts;
use crate::gather::Gather;
use crate::metrics;
use crate::parameters::{Loaded, Sources};
use crate::powers::StepPowers;
use crate::runner::Shared;
use crate::start::chain;

/// Most batches of one pure step that are under way at the same time, each with its memory.
const PARALLEL_BATCHES: usize = 4;

/// One step that the engine wants.
pub(crate) struct CallOfNode {
    pub(crate) shared: Arc<Shared>,
    pub(crate) facts: Arc<RunFacts>,
    pub(crate) appender: Appender,
    pub(crate) sources: Sources,
    pub(crate) step: StepId,
    pub(crate) inputs: Vec<ItemList>,
    pub(crate) resumed: Option<Resumed>,
    pub(crate) interrupt: CancellationToken,
    pub(crate) notes: mpsc::Sender<Noted>,
}

type Outputs = Vec<(PortIndex, ItemList)>;
type Variables = Vec<(String, Json)>;

/// What a step that is over brought.
struct Success {
    outputs: Outputs,
    variables: Variables,
    response: Option<Arc<Response>>,
}

/// What became of a step that did not fail.
enum Done {
    Result(Success),
    Suspended { wait: Wait, state: String },
}

/// Calls a node with all its items, in as many calls of the sandbox as it takes. Always comes back with an answer.
pub(crate) async fn call_node(mut call: CallOfNode) -> Input {
    let started = Instant::now();
    let mut cost = Cost::default();
    if node(&call).settings.run_once {
        only_first_items(&mut call).await;
    }
    let done = AssertUnwindSafe(run_step(&mut call, &mut cost))
        .catch_unwind()
        .await;
    let result =
        done.unwrap_or_else(|_| Err(host_fault("the host has a fault; the operator's log names it")));
    cost.wall_micros = micros(started.elapsed());
    match result {
        Ok(Done::Suspended { wait, state }) => {
            metrics::step_returned("suspended", started.elapsed());
            Input::Suspended {
                step: call.step,
                wait,
                state,
                cost,
            }
        }
        Ok(Done::Result(success)) => {
            metrics::step_returned("succeeded", started.elapsed());
            Input::Succeeded {
                step: call.step,
                outputs: success.outputs,
                variables: success.variables,
                response: success.response,
                cost,
            }
        }
        Err(error) => {
            metrics::step_returned("failed", started.elapsed());
            let degraded = degraded(&call, &error).await;
            Input::Failed {
                step: call.step,
                error,
                degraded,
                cost,
            }
        }
    }
}

async fn run_step(call: &mut CallOfNode, cost: &mut Cost) -> Result<Done, StepError> {
    let sources = std::mem::take(&mut call.sources);
    let (tenant, node) = (&call.facts.tenant, node(call));
    let component = call
        .shared
        .catalog
        .component(tenant, &node.node_type.digest)
        .await
        .map_err(unavailable)?;
    let grants = call
        .shared
        .catalog
        .grants(tenant, &component.definition)
        .await
        .map_err(unavailable)?;
    let powers = StepPowers::new(&call.shared, &call.facts, &component, &grants, &call.step)?;
    let journal = &call.shared.journal;
    let port = expressions_port(node, call.resumed.is_some());
    let first = call.inputs.get(usize::from(port.0)).cloned().unwrap_or_default();
    let limit = call.shared.limits.all_at_once;
    let loaded = Loaded::load(journal, tenant, sources, (port, &first), limit).await?;
    let batches = plan(call, &component)?;
    // Effects keep their order: one after the other.
    let parallel = if node.node_type.pure { *BATCHES_AT_ONCE } else { 1 };
    let step = Arc::new(StepCall::new(call, component, powers, loaded));
    let mut gather = Gather::default();
    if let [only] = batches.as_slice() {
        let returned = step.call(only.clone()).await;
        return finish(call, returned, cost, gather).await;
    }
    let calls = futures::stream::iter(batches).map(|batch| {
        let step = step.clone();
        // A task of its own is what lets two processors work on one step; it ends with this one.
        AbortOnDropHandle::new(tokio::spawn(async move { step.call(batch).await }))
    });
    let mut returned = calls.buffered(parallel);
    while let Some(joined) = returned.next().await {
        let returned = joined.map_err(|_| host_fault("the host has a fault; the operator's log names it"))?;
        take(call, returned, cost, &mut gather).await?;
    }
    if gather.suspension().is_some() {
        return Err(breach("it takes items in batches, so it cannot wait"));
    }
    success(call, gather).await
}

/// The input that `$json` of a step's parameters is of: the results of the last rounds for a loop that had some, else the
/// first.
pub(crate) fn expressions_port(node: &Node, resumed: bool) -> PortIndex {
    match node.node_type.loop_ports() {
        Some(ports) if resumed => ports.next,
        _ => PortIndex(0),
    }
}

fn breach(what: &str) -> StepError {
    StepError {
        code: "invalid-output".to_owned(),
        message: format!("the node's answer breaks the contract: {what}"),
        retryable: false,
        retry_after_ms: None,
        details: None,
    }
}

/// More than can compute at once would only take memory. Asked once: it reads a dozen files of the system.
static BATCHES_AT_ONCE: LazyLock<usize> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    processors.min(PARALLEL_BATCHES)
});

async fn finish(
    call: &CallOfNode,
    returned: Result<Returned, StepError>,
    cost: &mut Cost,
    mut gather: Gather,
) -> Result<Done, StepError> {
    take(call, returned, cost, &mut gather).await?;
    let Some(Suspension { state, until }) = gather.suspension() else {
        return success(call, gather).await;
    };
    let mut outputs = outputs(call, gather).await?;
    let items = outputs.pop().map(|(_, items)| items).unwrap_or_default();
    let millis = |time: f64| time as u64;
    let wait = match until {
        Until::Rounds { counts, concurrency } => Wait::Rounds {
            items,
            counts,
            concurrency,
        },
        Until::Time(time) => Wait::Time {
            until_ms: millis(time),
        },
        Until::Signal { until_ms, form } => Wait::Signal {
            until_ms: until_ms.map(millis),
            details: form,
        },
        Until::Children {
            workflow,
            counts,
            wait,
        } => Wait::Children {
            items,
            counts,
            details: serde_json::json!({ "workflow": workflow, "wait": wait }).to_string(),
            until_ms: None,
        },
    };
    Ok(Done::Suspended { wait, state })
}

/// What one call emitted goes to its ports.
async fn take(
    call: &CallOfNode,
    returned: Result<Returned, StepError>,
    cost: &mut Cost,
    gather: &mut Gather,
) -> Result<(), StepError> {
    let Returned { inputs, outcome } = returned?;
    add_cost(cost, &outcome.cost);
    let mut emitted = outcome.result.map_err(step_error)?;
    if let Some(suspension) = emitted.suspension.take() {
        gather.suspend(suspension);
    }
    gather.set(emitted.variables);
    gather.answer(emitted.response);
    let ports = node(call).node_type.inputs.len();
    for port in emitted.ports {
        let index = PortIndex(port.port);
        gather.name(index);
        for emitted in port.items {
            let (index, item) = match emitted_item(&inputs, emitted) {
                Ok(item) => (index, own(item, ports)),
                // Trying again comes before going on without the item.
                Err(error) if error.retryable && call.step.attempt < node(call).settings.retry.attempts => {
                    return Err(step_error(*error));
                }
                Err(error) => {
                    let at = error.item.unwrap_or((0, 0));
                    let item = input_item(&inputs, at).cloned();
                    let item = item.unwrap_or_else(|| Item::new(Json::empty_object()));
                    let from = reference(&inputs, at).unwrap_or(ItemRef { port: 0, index: 0 });
                    (error_port(node(call)), degrade(&item, from, &step_error(*error)))
                }
            };
            gather
                .store(&call.appender, index, item)
                .await
                .map_err(unavailable)?;
        }
    }
    Ok(())
}

/// Items of the port `result` are in no event that a reference could lead to: they are written out.
fn own(mut item: Item, ports: usize) -> Item {
    if let Source::Passed(from) = item.source
        && usize::from(from.port) >= ports
    {
        item.source = Source::One(from);
    }
    item
}

async fn success(call: &CallOfNode, mut gather: Gather) -> Result<Done, StepError> {
    let variables = gather.take_variables();
    let response = match gather.take_response() {
        Some(given) => Some(kept(call, given).await?),
        None => None,
    };
    let outputs = outputs(call, gather).await?;
    Ok(Done::Result(Success {
        outputs,
        variables,
        response,
    }))
}

async fn outputs(call: &CallOfNode, mut gather: Gather) -> Result<Outputs, StepError> {
    // Which port it is that nothing left by is clear where there is only one.
    if node(call).node_type.outputs.len() == 1 {
        gather.name(PortIndex(0));
    }
    let mut outputs = Vec::new();
    for (port, list) in gather.finish() {
        outputs.push((port, call.appender.store_list(list).await.map_err(unavailable)?));
    }
    Ok(outputs)
}

/// Nodes that take items one by one get batches; others get everything, if it is not too much.
fn plan(call: &CallOfNode, component: &Component) -> Result<Vec<Batch>, StepError> {
    let first = call.inputs.first().cloned().unwrap_or_default();
    if component.definition.node_type.manifest.mode == Mode::Each && call.resumed.is_none() {
        return Ok(batches(&first, component.definition.node_type.pure));
    }
    let size: u64 = call.inputs.iter().map(ItemList::size).sum();
    let limit = call.shared.limits.all_at_once;
    if size > limit {
        return Err(StepError {
            code: "input-too-large".to_owned(),
            message: format!(
                "`{}` takes all items at once, and {size} bytes are more than the {limit} that it can get; \
                 filter or split the items before it",
                node(call).name
            ),
            retryable: false,
            retry_after_ms: None,
            details: None,
        });
    }
    Ok(vec![Batch::whole(&first)])
}

/// What goes on after a failure of the whole step: the items of all its inputs, each with the error; of a loop those that came
/// in, not what its rounds brought back. Never nothing, or the failure would be forgotten.
async fn degraded(call: &CallOfNode, error: &StepError) -> Option<ItemList> {
    if node(call).settings.on_error == OnError::Stop {
        return None;
    }
    match degraded_inputs(call, error).await {
        Ok(items) if !items.is_empty() => Some(items),
        Ok(_) => Some(ItemList::from_items(vec![degraded_nothing(error)])),
        Err(unread) => {
            tracing::warn!(error = %chain(&unread), "the input of a failed step cannot be read");
            Some(ItemList::from_items(vec![degraded_nothing(error)]))
        }
    }
}

async fn degraded_inputs(call: &CallOfNode, error: &StepError) -> Result<ItemList, JournalError> {
    let (journal, tenant) = (&call.shared.journal, &call.facts.tenant);
    let mut gather = Gather::default();
    let enter = node(call).node_type.loop_ports().map(|ports| ports.enter);
    for (port, list) in (0_u16..).zip(&call.inputs) {
        if enter.is_some_and(|enter| enter != PortIndex(port)) {
            continue;
        }
        let mut index = 0;
        for segment in list.segments() {
            for item in journal.load_segment(tenant, segment).await?.iter() {
                let item = degrade(item, ItemRef { port, index }, error);
                gather.store(&call.appender, PortIndex(0), item).await?;
                index += 1;
            }
        }
    }
    let list = gather.finish().pop().map(|(_, list)| list).unwrap_or_default();
    call.appender.store_list(list).await
}

async fn only_first_items(call: &mut CallOfNode) {
    for input in &mut call.inputs {
        let Some(segment) = input.segments().first() else {
            continue;
        };
        if let Ok(items) = call
            .shared
            .journal
            .load_segment(&call.facts.tenant, segment)
            .await
        {
            *input = ItemList::from_items(items.iter().take(1).cloned().collect());
        }
    }
}

/// Where failed items of a node that keeps going leave.
fn error_port(node: &Node) -> PortIndex {
    match node.settings.on_error {
        OnError::Port => node.node_type.error_port(),
        OnError::Continue | OnError::Stop => PortIndex(0),
    }
}

fn node(call: &CallOfNode) -> &Node {
    call.facts.graph.workflow.node(call.step.node)
}

fn add_cost(total: &mut Cost, one: &monshyflow_sandbox::Cost) {
    total.guest_cpu_micros += micros(one.guest_cpu);
    total.peak_memory = total.peak_memory.max(one.peak_memory);
    total.bytes_in += one.bytes_in;
    total.bytes_out += one.bytes_out;
    total.calls += 1;
    for (capability, count) in &one.capabilities {
        match total.capabilities.iter_mut().find(|(name, _)| name == capability) {
            Some((_, sum)) => *sum += count,
            None => total.capabilities.push(((*capability).to_owned(), *count)),
        }
    }
    total.capabilities.sort();
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The host could not do its part; another try may work.
pub(crate) fn unavailable(error: impl std::error::Error) -> StepError {
    host_fault(&chain(&error))
}

fn host_fault(message: &str) -> StepError {
    StepError {
        code: "host-fault".to_owned(),
        message: message.to_owned(),
        retryable: true,
        retry_after_ms: None,
        details: None,
    }
}
