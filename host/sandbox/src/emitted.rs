use std::collections::BTreeMap;

use monshyflow_capabilities::CallState;
use monshyflow_capabilities::bindings::monshyflow::node::types::{
    AttachmentResult, CreatedItem, ErrorKind, ItemRef, NodeError, Outcome, OutputItem,
};
use monshyflow_capabilities::blobs::StoredBlob;
use monshyflow_capabilities::response::Response;
use monshyflow_capabilities::suspension::{Suspension, Until};
use monshyflow_items::Json;

use crate::{Budget, Call, CallError, ErrorCode, NodeErrorKind};

/// A node that knows no better lists failed items here; every node may name it.
const FAILED_PORT: &str = "error";
/// Most attachments of one item.
const MAX_ATTACHMENTS: usize = 64;
/// Longest name, media type or file name, in bytes.
const MAX_NAME: usize = 255;
/// Longest message of a node's error, in bytes.
const MAX_MESSAGE: usize = 4 << 10;
/// Longest details of a node's error, in bytes.
const MAX_DETAILS: usize = 64 << 10;

/// What a node emitted, checked against the contract.
#[derive(Debug, Default)]
pub struct Emitted {
    /// No port twice. A port that is missing is dead.
    pub ports: Vec<EmittedPort>,
    /// The step is not over: it is to be called again. `ports` then holds the items for rounds or runs.
    pub suspension: Option<Suspension>,
    /// Variables of the run that the call sets, each once. None beside a suspension.
    pub variables: Vec<(String, Json)>,
    /// What the run is to answer. Nothing beside a suspension.
    pub response: Option<Response>,
}

#[derive(Debug)]
pub struct EmittedPort {
    /// Index into `Call::ports`.
    pub port: u16,
    pub items: Vec<EmittedItem>,
}

/// References to input items are pairs: index into `Call::inputs`, index into that input's items.
#[derive(Debug)]
pub enum EmittedItem {
    Created {
        json: Json,
        binary: Vec<EmittedBlob>,
        source: Vec<(u32, u32)>,
    },
    Passed((u32, u32)),
    /// Only when the call's context says `keep_going`.
    Failed(CallError),
}

#[derive(Debug)]
pub struct EmittedBlob {
    pub name: String,
    pub blob: StoredBlob,
    pub media_type: String,
    pub file_name: Option<String>,
}

/// Checks what a guest returned. Bytes are those of the items' JSON.
pub(crate) fn check(
    outcome: Outcome,
    call: &Call<'_>,
    state: &CallState,
    budget: &Budget,
) -> Result<(Emitted, u64), CallError> {
    let Outcome::Emit(outputs) = outcome;
    let mut check = Check {
        call,
        state,
        budget,
        bytes: 0,
        items: 0,
    };
    let mut emitted = Emitted::default();
    let mut failed = Vec::new();
    for output in outputs {
        if output.port == FAILED_PORT && !call.ports.contains(&FAILED_PORT) {
            for item in output.items {
                failed.push(check.failed(item)?);
            }
            continue;
        }
        let port = check.port(&output.port)?;
        if emitted.ports.iter().any(|earlier| earlier.port == port) {
            return Err(invalid(format!("it names the port `{}` twice", output.port)));
        }
        let items = output.items.into_iter().map(|item| check.item(item));
        emitted.ports.push(EmittedPort {
            port,
            items: items.collect::<Result<_, _>>()?,
        });
    }
    if !failed.is_empty() {
        // Where they go is the workflow's to say, so any port may list them; by the first they go on in their places.
        let first = match emitted.ports.iter().position(|port| port.port == 0) {
            Some(index) => index,
            None => {
                let port = EmittedPort {
                    port: 0,
                    items: Vec::new(),
                };
                emitted.ports.push(port);
                emitted.ports.len() - 1
            }
        };
        let items = &mut emitted.ports[first].items;
        *items = in_places(std::mem::take(items), failed);
    }
    Ok((emitted, check.bytes as u64))
}

/// Puts failed items between those that were made of the items around them.
fn in_places(items: Vec<EmittedItem>, failed: Vec<EmittedItem>) -> Vec<EmittedItem> {
    let mut merged = Vec::with_capacity(items.len() + failed.len());
    let mut failed = failed.into_iter().peekable();
    for item in items {
        if let Some(place) = place(&item) {
            let is_before = |failed: &EmittedItem| self::place(failed).is_some_and(|at| at < place);
            while let Some(before) = failed.next_if(is_before) {
                merged.push(before);
            }
        }
        merged.push(item);
    }
    merged.extend(failed);
    merged
}

/// The first input item that an item came from.
fn place(item: &EmittedItem) -> Option<(u32, u32)> {
    match item {
        EmittedItem::Created { source, .. } => source.first().copied(),
        EmittedItem::Passed(from) => Some(*from),
        EmittedItem::Failed(error) => error.item,
    }
}

/// Checks what a guest asked for against what it returned.
pub(crate) fn check_suspension(
    asked: Option<Result<Suspension, &'static str>>,
    emitted: &mut Emitted,
) -> Result<(), CallError> {
    let Some(asked) = asked else { return Ok(()) };
    let asked = asked.map_err(|problem| invalid(problem.to_owned()))?;
    let is_time = |time: f64| (0.0..=9e15).contains(&time);
    let parts = match &asked.until {
        Until::Rounds { counts, .. } | Until::Children { counts, .. } => counts.as_slice(),
        Until::Time(time) if !is_time(*time) => {
            return Err(invalid(format!(
                "it wants to wait until {time}, which is no time"
            )));
        }
        Until::Signal {
            until_ms: Some(time), ..
        } if !is_time(*time) => {
            return Err(invalid(format!(
                "it wants to wait until {time}, which is no time"
            )));
        }
        Until::Signal { form: Some(form), .. } => {
            Json::parse(form.clone().into()).map_err(|error| invalid(format!("its form is {error}")))?;
            &[]
        }
        Until::Time(_) | Until::Signal { .. } => &[],
    };
    let expected: u64 = parts.iter().map(|count| u64::from(*count)).sum();
    let returned: usize = emitted.ports.iter().map(|port| port.items.len()).sum();
    let failed = |item: &EmittedItem| matches!(item, EmittedItem::Failed(_));
    if expected != returned as u64 || emitted.ports.iter().flat_map(|port| &port.items).any(failed) {
        return Err(invalid(format!(
            "it asked to be called again with {expected} items, but returned {returned}"
        )));
    }
    if emitted.ports.len() > 1 {
        return Err(invalid(
            "it asked to be called again, but items left by several ports".to_owned(),
        ));
    }
    emitted.suspension = Some(asked);
    Ok(())
}

/// Checks the variables that a guest set. To be called after `check_suspension`.
pub(crate) fn check_variables(
    set: Result<BTreeMap<String, String>, String>,
    emitted: &mut Emitted,
) -> Result<(), CallError> {
    let set = set.map_err(invalid)?;
    if emitted.suspension.is_some() && !set.is_empty() {
        return Err(invalid(
            "it set variables and asked to be called again; only a step that is over sets variables"
                .to_owned(),
        ));
    }
    for (name, value) in set {
        let value = Json::parse(value.into())
            .map_err(|error| invalid(format!("the value of the variable `{name}` is {error}")))?;
        emitted.variables.push((name, value));
    }
    Ok(())
}

/// Keeps what a guest answered. To be called after `check_suspension`.
pub(crate) fn check_response(response: Option<Response>, emitted: &mut Emitted) -> Result<(), CallError> {
    if emitted.suspension.is_some() && response.is_some() {
        return Err(invalid(
            "it answered and asked to be called again; only a step that is over answers".to_owned(),
        ));
    }
    emitted.response = response;
    Ok(())
}

struct Check<'a> {
    call: &'a Call<'a>,
    state: &'a CallState,
    budget: &'a Budget,
    bytes: usize,
    items: usize,
}

impl Check<'_> {
    fn port(&self, name: &str) -> Result<u16, CallError> {
        let index = self.call.ports.iter().position(|port| *port == name);
        index.map(|index| index as u16).ok_or_else(|| {
            let known = self.call.ports.join("`, `");
            invalid(format!(
                "it names the output port `{}`; the node has `{known}`",
                shown(name)
            ))
        })
    }

    fn failed(&mut self, item: OutputItem) -> Result<EmittedItem, CallError> {
        match self.item(item)? {
            failed @ EmittedItem::Failed(_) => Ok(failed),
            _ => Err(invalid(format!(
                "only failed items leave by the port `{FAILED_PORT}`"
            ))),
        }
    }

    fn item(&mut self, item: OutputItem) -> Result<EmittedItem, CallError> {
        self.items += 1;
        if self.items > self.budget.output_items {
            let message = format!("the node returned more than {} items", self.budget.output_items);
            return Err(CallError::new(ErrorCode::OutputTooLarge, message));
        }
        match item {
            OutputItem::Created(created) => self.created(created),
            OutputItem::Passed(from) => Ok(EmittedItem::Passed(self.reference(from)?)),
            OutputItem::Failed(_) if !self.call.context.keep_going => Err(invalid(
                "it reports a failed item, but the workflow did not ask it to keep going".to_owned(),
            )),
            OutputItem::Failed(error) => Ok(EmittedItem::Failed(node_error(error, self.call)?)),
        }
    }

    fn created(&mut self, item: CreatedItem) -> Result<EmittedItem, CallError> {
        self.bytes += item.json.len();
        if self.bytes > self.budget.output_bytes {
            let message = format!("the node returned more than {} bytes", self.budget.output_bytes);
            return Err(CallError::new(ErrorCode::OutputTooLarge, message));
        }
        let json = Json::parse(item.json.into())
            .map_err(|error| invalid(format!("output item {} is {error}", self.items - 1)))?;
        let source = item
            .source
            .into_iter()
            .map(|from| self.reference(from))
            .collect::<Result<_, _>>()?;
        if item.binary.len() > MAX_ATTACHMENTS {
            return Err(invalid(format!(
                "an item carries more than {MAX_ATTACHMENTS} attachments"
            )));
        }
        let mut binary: Vec<EmittedBlob> = Vec::with_capacity(item.binary.len());
        for attachment in item.binary {
            let attachment = self.attachment(attachment)?;
            if binary.iter().any(|earlier| earlier.name == attachment.name) {
                return Err(invalid(format!(
                    "an item carries two attachments `{}`",
                    attachment.name
                )));
            }
            binary.push(attachment);
        }
        Ok(EmittedItem::Created { json, binary, source })
    }

    fn attachment(&self, attachment: AttachmentResult) -> Result<EmittedBlob, CallError> {
        let Some(blob) = self.state.blob(attachment.blob) else {
            return Err(invalid(format!(
                "the attachment `{}` has no blob",
                shown(&attachment.name)
            )));
        };
        let texts = [
            Some(&attachment.name),
            Some(&attachment.media_type),
            attachment.file_name.as_ref(),
        ];
        for text in texts.into_iter().flatten() {
            if text.is_empty() || text.len() > MAX_NAME || text.contains(char::is_control) {
                let message = format!(
                    "`{}` is no name, media type or file name of an attachment",
                    shown(text)
                );
                return Err(invalid(message));
            }
        }
        if attachment
            .file_name
            .as_ref()
            .is_some_and(|name| name.contains(['/', '\\']))
        {
            return Err(invalid("a file name has a directory".to_owned()));
        }
        Ok(EmittedBlob {
            name: attachment.name,
            blob: blob.clone(),
            media_type: attachment.media_type,
            file_name: attachment.file_name,
        })
    }

    fn reference(&self, from: ItemRef) -> Result<(u32, u32), CallError> {
        reference(from, self.call)
    }
}

fn reference(from: ItemRef, call: &Call<'_>) -> Result<(u32, u32), CallError> {
    let input = call.inputs.get(from.input as usize);
    match input.and_then(|input| input.items.get(from.index as usize)) {
        Some(_) => Ok((from.input, from.index)),
        None => Err(invalid(format!(
            "it refers to item {} of input {}, which there is not",
            from.index, from.input
        ))),
    }
}

/// A node's own error, cut to what the history can hold.
pub(crate) fn node_error(error: NodeError, call: &Call<'_>) -> Result<CallError, CallError> {
    let kind = match error.kind {
        ErrorKind::Permanent => NodeErrorKind::Permanent,
        ErrorKind::Transient => NodeErrorKind::Transient,
        ErrorKind::RateLimited => NodeErrorKind::RateLimited,
        ErrorKind::AuthExpired => NodeErrorKind::AuthExpired,
        ErrorKind::InvalidInput => NodeErrorKind::InvalidInput,
    };
    let shape = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if error.code.is_empty() || error.code.len() > 64 || !error.code.bytes().all(shape) {
        let message = format!(
            "its error has the code `{}`; a code is lower-case, with hyphens",
            shown(&error.code)
        );
        return Err(invalid(message));
    }
    if error
        .details
        .as_ref()
        .is_some_and(|details| details.len() > MAX_DETAILS)
    {
        return Err(invalid(format!(
            "its error has details of more than {MAX_DETAILS} bytes"
        )));
    }
    let details = error
        .details
        .map(|details| Json::parse(details.into()))
        .transpose();
    let details = details.map_err(|problem| invalid(format!("its error's details are {problem}")))?;
    let message = error.message[..error.message.floor_char_boundary(MAX_MESSAGE)].to_owned();
    Ok(CallError {
        retry_after_ms: error.retry_after_ms,
        details: details.map(|details| details.as_str().to_owned()),
        parameter: error
            .parameter
            .filter(|pointer| pointer.len() <= MAX_NAME)
            .map(Into::into),
        item: error.item.map(|item| reference(item, call)).transpose()?,
        ..CallError::new(
            ErrorCode::Node {
                kind,
                code: error.code,
            },
            message,
        )
    })
}

fn invalid(what: String) -> CallError {
    CallError::new(
        ErrorCode::InvalidOutput,
        format!("the node's answer breaks the contract: {what}"),
    )
}

/// A guest's text within a message.
fn shown(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}
