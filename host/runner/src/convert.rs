use monshyflow_capabilities::blobs::StoredBlob;
use monshyflow_capabilities::note::{Level, Note};
use monshyflow_engine::{Event, LogLevel, StepError, StepId};
use monshyflow_items::{Attachment, Item, ItemRef, Source};
use monshyflow_sandbox::{CallError, EmittedBlob, EmittedItem, ErrorCode};

/// The items of one input port as they go into one call.
pub(crate) struct PortItems {
    /// Index of the port in the node type.
    pub(crate) port: u16,
    /// Index of the first of them among all that arrived at the port.
    pub(crate) first: u32,
    pub(crate) items: Vec<Item>,
}

/// A note of a step on its way into the history.
#[derive(Debug)]
pub(crate) struct Noted {
    pub(crate) step: StepId,
    pub(crate) note: Note,
}

impl Noted {
    pub(crate) fn into_event(self) -> Event {
        let step = self.step;
        match self.note {
            Note::Log { level, message } => Event::Log {
                step,
                level: log_level(level),
                message,
            },
            Note::Progress { fraction, message } => Event::Progress {
                step,
                fraction,
                message,
            },
            Note::Partial { text } => Event::Progress {
                step,
                fraction: None,
                message: text,
            },
        }
    }
}

fn log_level(level: Level) -> LogLevel {
    match level {
        Level::Debug => LogLevel::Debug,
        Level::Info => LogLevel::Info,
        Level::Warn => LogLevel::Warn,
        Level::Error => LogLevel::Error,
    }
}

/// Where an input item of a call is among all items that arrived.
pub(crate) fn reference(inputs: &[PortItems], (input, index): (u32, u32)) -> Option<ItemRef> {
    let port = inputs.get(input as usize)?;
    Some(ItemRef {
        port: port.port,
        index: port.first + index,
    })
}

/// An item that a node created or passed on. Nothing for a failed one, which the workflow's `onError` places.
pub(crate) fn emitted_item(inputs: &[PortItems], emitted: EmittedItem) -> Result<Item, Box<CallError>> {
    match emitted {
        EmittedItem::Created { json, binary, source } => {
            let source = source
                .into_iter()
                .filter_map(|from| reference(inputs, from))
                .collect();
            let binary = (!binary.is_empty()).then(|| binary.into_iter().map(attachment).collect());
            Ok(Item {
                json,
                source: Source::of(source),
                binary,
            })
        }
        EmittedItem::Passed(from) => {
            let item = input_item(inputs, from).cloned();
            let mut item = item.unwrap_or_else(|| Item::new(monshyflow_items::Json::empty_object()));
            item.source = reference(inputs, from).map_or(Source::None, Source::Passed);
            Ok(item)
        }
        EmittedItem::Failed(error) => Err(Box::new(error)),
    }
}

/// An input item of a call. The sandbox checked the reference.
pub(crate) fn input_item(inputs: &[PortItems], (input, index): (u32, u32)) -> Option<&Item> {
    inputs.get(input as usize)?.items.get(index as usize)
}

fn attachment(emitted: EmittedBlob) -> Attachment {
    Attachment {
        name: emitted.name,
        object: emitted.blob.object.to_string(),
        size: emitted.blob.size,
        media_type: emitted.media_type,
        file_name: emitted.file_name,
    }
}

/// All binary data that the items of a call carry, in order; a guest's handle is an index into this.
pub(crate) fn blobs(inputs: &[PortItems]) -> Vec<StoredBlob> {
    let attachments = inputs
        .iter()
        .flat_map(|port| &port.items)
        .flat_map(Item::attachments);
    attachments
        .map(|a| StoredBlob {
            object: a.object.as_str().into(),
            size: a.size,
        })
        .collect()
}

/// What went wrong in a call, in the words of the history.
pub(crate) fn step_error(error: CallError) -> StepError {
    let message = match (&error.code, error.parameter.as_deref()) {
        (ErrorCode::Node { .. }, Some(parameter)) if !parameter.is_empty() => {
            format!("{} (parameter {parameter})", error.message)
        }
        _ => error.message,
    };
    StepError {
        code: error.code.as_str().to_owned(),
        message,
        retryable: error.retryable,
        retry_after_ms: error.retry_after_ms,
        details: error.details,
    }
}
