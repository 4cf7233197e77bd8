use std::time::Duration;

use bytes::Bytes;
use monshyflow_capabilities::blobs::StoredBlob;
use monshyflow_manifest::Limits;
use monshyflow_sandbox::{Attachment, Budget, Call, Context, Input, Item, Loaded, Outcome, Params, Sandbox};
use monshyflow_workflow::NodeType;

use crate::recorded_item::bytes_of;
use crate::world::World;
use crate::{Case, RecordedAttachment, RecordedItem};

/// Where a call finds what ended the wait of the call before.
const RESULT_PORT: &str = "result";
const DEFAULT_MEDIA_TYPE: &str = "application/octet-stream";

/// The items of a case in the order in which the host hands them over: that of the node type's ports.
pub(crate) type Inputs<'a> = Vec<(&'a str, &'a [RecordedItem])>;

pub(crate) fn inputs<'a>(case: &'a Case, node_type: &'a NodeType) -> Result<Inputs<'a>, String> {
    let is_known = |port: &&String| node_type.input(port).is_some() || *port == RESULT_PORT;
    if let Some(port) = case.input.keys().find(|port| !is_known(port)) {
        let known = node_type.inputs.join("`, `");
        return Err(format!(
            "the case has items for the input `{port}`; the node has `{known}`"
        ));
    }
    let ports = node_type.inputs.iter().map(String::as_str).chain([RESULT_PORT]);
    Ok(ports
        .filter_map(|port| Some((port, case.input.get(port)?.as_slice())))
        .collect())
}

/// Calls the component with what the case says.
pub(crate) async fn call(
    sandbox: &Sandbox,
    (loaded, node_type): (&Loaded, &NodeType),
    case: &Case,
    inputs: &Inputs<'_>,
    world: &World,
) -> Result<Outcome, String> {
    let mut blobs = Vec::new();
    let mut attachments = Vec::new();
    for item in inputs.iter().flat_map(|(_, items)| *items) {
        attachments.push(attach(item, world, &mut blobs)?);
    }
    let mut rest = attachments.iter();
    let mut items = Vec::new();
    for (_, recorded) in inputs {
        let mut of_port = Vec::new();
        for (item, binary) in recorded.iter().zip(&mut rest) {
            if matches!(item, RecordedItem::Failed(_)) {
                return Err("`$failed` is for expected items".to_owned());
            }
            of_port.push(Item {
                json: item.text(),
                binary,
            });
        }
        items.push(of_port);
    }
    let ports: Vec<Input<'_>> = inputs
        .iter()
        .zip(&items)
        .map(|((port, _), items)| Input { port, items })
        .collect();
    let params = case.params();
    let outputs: Vec<&str> = node_type.outputs.iter().map(String::as_str).collect();
    let call = Call {
        params: match &params {
            Ok(shared) => Params::Shared(shared),
            Err(each) => Params::PerItem(each),
        },
        inputs: &ports,
        context: context(case),
        ports: &outputs,
    };
    let powers = world.powers(&node_type.manifest, case, blobs)?;
    Ok(sandbox
        .call(loaded, call, powers, &budget(&node_type.manifest.limits))
        .await)
}

/// Keeps the bytes of an item's attachments for the call, whose handles are counted over all items.
fn attach<'a>(
    item: &'a RecordedItem,
    world: &World,
    blobs: &mut Vec<StoredBlob>,
) -> Result<Vec<Attachment<'a>>, String> {
    let mut attachments = Vec::new();
    for (name, recorded) in item.attachments() {
        blobs.push(world.blobs.add(bytes(recorded)?.unwrap_or_default()));
        attachments.push(Attachment {
            name,
            blob: blobs.len() as u32 - 1,
            media_type: recorded.media_type.as_deref().unwrap_or(DEFAULT_MEDIA_TYPE),
            file_name: recorded.file_name.as_deref(),
        });
    }
    Ok(attachments)
}

pub(crate) fn bytes(recorded: &RecordedAttachment) -> Result<Option<Bytes>, String> {
    bytes_of(recorded.text.as_deref(), recorded.base64.as_deref())
}

fn context(case: &Case) -> Context<'_> {
    let context = &case.context;
    Context {
        run_id: &context.run_id,
        step_id: &context.step_id,
        node_name: &context.node_name,
        workflow_name: &context.workflow_name,
        attempt: context.attempt,
        iteration: &context.iteration,
        run_time_ms: context.run_time_ms,
        time_zone: &context.time_zone,
        keep_going: context.keep_going,
    }
}

/// What the manifest wishes for.
fn budget(limits: &Limits) -> Budget {
    let mut budget = Budget::default();
    if let Some(millis) = limits.cpu_ms {
        budget.cpu = Duration::from_millis(millis.into());
    }
    if let Some(mib) = limits.memory_mib {
        budget.memory = (mib as usize) << 20;
    }
    budget
}
