//! Between the generated types and the SDK's own. Texts move, nothing is copied.

use super::bindings;
use super::bindings::monshyflow::node::types as wit;
use crate::{
    Attachment, Call, CallParams, Context, ErrorKind, Input, Item, ItemRef, NodeError, Outcome, OutputItem,
};

/// What the macros put behind the component's export.
///
/// # Errors
///
/// What the node says.
pub fn run(
    call: wit::Call,
    node: impl Fn(Call) -> Result<Outcome, NodeError>,
) -> Result<bindings::Outcome, bindings::NodeError> {
    node(from_call(call)).map(to_outcome).map_err(to_error)
}

fn from_call(call: wit::Call) -> Call {
    let params = match call.params {
        wit::Params::Shared(text) => CallParams::Shared(text),
        wit::Params::PerItem(texts) => CallParams::PerItem(texts),
    };
    let inputs = (0u32..).zip(call.inputs).map(|(input, arrived)| Input {
        port: arrived.port,
        items: (0u32..)
            .zip(arrived.items)
            .map(|(index, item)| from_item(item, ItemRef { input, index }))
            .collect(),
    });
    let context = call.context;
    Call {
        params,
        inputs: inputs.collect(),
        context: Context {
            run_id: context.run_id,
            step_id: context.step_id,
            node_name: context.node_name,
            workflow_name: context.workflow_name,
            attempt: context.attempt,
            iteration: context.iteration,
            run_time_ms: context.run_time_ms,
            time_zone: context.time_zone,
            keep_going: context.keep_going,
        },
    }
}

fn from_item(item: wit::Item, at: ItemRef) -> Item {
    let attachments = item.binary.into_iter().map(|attachment| {
        Attachment::new(
            attachment.name,
            attachment.media_type,
            attachment.file_name,
            attachment.blob,
        )
    });
    Item::new(item.json, attachments.collect(), at)
}

fn to_outcome(outcome: Outcome) -> wit::Outcome {
    let outputs = outcome.outputs.into_iter();
    wit::Outcome::Emit(
        outputs
            .map(|(port, items)| wit::Output {
                port,
                items: items.into_iter().map(to_output_item).collect(),
            })
            .collect(),
    )
}

fn to_output_item(item: OutputItem) -> wit::OutputItem {
    match item {
        OutputItem::Passed(item) => wit::OutputItem::Passed(to_ref(item)),
        OutputItem::Failed(error) => wit::OutputItem::Failed(to_error(error)),
        OutputItem::Created(item) => wit::OutputItem::Created(wit::CreatedItem {
            json: item.json,
            binary: item.binary.into_iter().map(to_attachment).collect(),
            source: item.source.into_iter().map(to_ref).collect(),
        }),
    }
}

fn to_attachment(attachment: Attachment) -> wit::Attachment {
    wit::Attachment {
        name: attachment.name,
        blob: attachment.blob,
        media_type: attachment.media_type,
        file_name: attachment.file_name,
    }
}

fn to_ref(item: ItemRef) -> wit::ItemRef {
    wit::ItemRef {
        input: item.input,
        index: item.index,
    }
}

fn to_error(error: NodeError) -> wit::NodeError {
    wit::NodeError {
        kind: match error.kind {
            ErrorKind::Permanent => wit::ErrorKind::Permanent,
            ErrorKind::Transient => wit::ErrorKind::Transient,
            ErrorKind::RateLimited => wit::ErrorKind::RateLimited,
            ErrorKind::AuthExpired => wit::ErrorKind::AuthExpired,
            ErrorKind::InvalidInput => wit::ErrorKind::InvalidInput,
        },
        code: error.code,
        message: error.message,
        details: error.details.map(|details| details.to_string()),
        parameter: error.parameter,
        item: error.item.map(to_ref),
        retry_after_ms: error.retry_after_ms,
    }
}
