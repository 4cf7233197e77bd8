use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::all::{Inputs, run_all};
use crate::call::{Call, CallParams, ERROR_PORT, Outcome, OutputItem};
use crate::params::Params;
use crate::{Context, IntoOutput, Item, ItemRef, NodeError};

/// Runs a handler item by item; the macro `each!` calls this.
///
/// # Errors
///
/// The first error of the handler, unless the call keeps going; parameters that do not fit `P`.
pub fn run_each<P, O>(
    call: Call,
    handler: impl Fn(&P, Item, &Context) -> Result<O, NodeError>,
) -> Result<Outcome, NodeError>
where
    P: DeserializeOwned,
    O: IntoOutput,
{
    let mut batch = Batch::<P>::new(call)?;
    let context = batch.context.clone();
    let mut outcome = Outcome::default();
    while let Some((params, item)) = batch.next() {
        let at = item.reference();
        let result = params.and_then(|params| handler(&params, item, &context)?.into_output());
        batch.settle(&mut outcome, at, result)?;
    }
    Ok(outcome)
}

/// Runs `all` once with everything if the parameters of the first item say so, and `each` item by item otherwise; the macro
/// `each_or_all!` calls this. What the parameter `operation` says decides.
///
/// # Errors
///
/// As [`run_each`] and [`run_all`]; parameters that say it for some items only.
pub fn run_each_or_all<P, O>(
    call: Call,
    all_at_once: impl Fn(&P) -> bool,
    each: impl Fn(&P, Item, &Context) -> Result<O, NodeError>,
    all: impl Fn(&P, Inputs, &Context) -> Result<O, NodeError>,
) -> Result<Outcome, NodeError>
where
    P: DeserializeOwned,
    O: IntoOutput,
{
    let first = match &call.params {
        CallParams::Shared(text) => Some(text),
        CallParams::PerItem(texts) => texts.first(),
    };
    // Whoever reads them next says what is wrong with them.
    let first = first.and_then(|text| serde_json::from_str::<P>(text).ok());
    if first.is_some_and(|params| all_at_once(&params)) {
        return run_all(call, all);
    }
    run_each(call, |params, item, context| {
        if all_at_once(params) {
            let message = "parameter /operation: this operation takes all items at once, so it must be the same for all";
            return Err(NodeError::invalid("invalid-params", message).at("/operation"));
        }
        each(params, item, context)
    })
}

/// How many items a node works on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// At least 1.
    pub size: usize,
    /// Between the end of one batch and the start of the next.
    pub pause_ms: u32,
}

/// Parameters that say how many items a node works on at once. The first item's parameters count.
pub trait Batched {
    fn batching(&self) -> Batching;
}

/// Starts a batch of items, then finishes them in order, so that the host works for all of them at the same time;
/// the macro `batches!` calls this.
///
/// # Errors
///
/// As [`run_each`].
pub fn run_batches<P, S, O>(
    call: Call,
    start: impl Fn(&P, &Item, &Context) -> Result<S, NodeError>,
    finish: impl Fn(&P, Item, S, &Context) -> Result<O, NodeError>,
) -> Result<Outcome, NodeError>
where
    P: DeserializeOwned + Batched,
    O: IntoOutput,
{
    let mut batch = Batch::<P>::new(call)?;
    let context = batch.context.clone();
    let mut outcome = Outcome::default();
    let mut batching: Option<Batching> = None;
    loop {
        let mut started = Vec::new();
        while started.len() < batching.map_or(1, |batching| batching.size.max(1)) {
            let Some((params, item)) = batch.next() else { break };
            if let (None, Ok(params)) = (batching, &params) {
                batching = Some(params.batching());
            }
            let state = params.and_then(|params| Ok((start(&params, &item, &context)?, params)));
            let failed = state.is_err();
            started.push((item, state));
            if failed && !context.keep_going {
                break;
            }
        }
        if started.is_empty() {
            return Ok(outcome);
        }
        for (item, state) in started {
            let at = item.reference();
            let result =
                state.and_then(|(state, params)| finish(&params, item, state, &context)?.into_output());
            batch.settle(&mut outcome, at, result)?;
        }
        if let Some(pause) = batching
            .map(|batching| batching.pause_ms)
            .filter(|pause| *pause > 0 && batch.has_more())
        {
            self::pause(pause);
        }
    }
}

/// Waits; the time counts towards the call's limit.
pub fn pause(milliseconds: u32) {
    crate::host::sleep(milliseconds);
}

/// The items of a call with their parameters.
struct Batch<P> {
    params: Params<P>,
    items: std::vec::IntoIter<Item>,
    context: Context,
}

impl<P: DeserializeOwned> Batch<P> {
    fn new(call: Call) -> Result<Self, NodeError> {
        let mut inputs = call.inputs.into_iter();
        let items = inputs.next().map(|input| input.items).unwrap_or_default();
        if inputs.any(|input| !input.items.is_empty()) {
            let message =
                "a node that works item by item has one input port, but the host sent items to several";
            return Err(NodeError::permanent("invalid-call", message));
        }
        Ok(Self {
            params: Params::new(call.params)?,
            items: items.into_iter(),
            context: call.context,
        })
    }

    fn next(&mut self) -> Option<(Result<Rc<P>, NodeError>, Item)> {
        let item = self.items.next()?;
        Some((self.params.of_item(item.reference().index as usize), item))
    }

    fn has_more(&self) -> bool {
        self.items.len() > 0
    }

    fn settle(
        &self,
        outcome: &mut Outcome,
        at: ItemRef,
        result: Result<crate::Output, NodeError>,
    ) -> Result<(), NodeError> {
        match result {
            Ok(output) => output.add_to(outcome, Some(at)),
            Err(mut error) => {
                error.item.get_or_insert(at);
                if !self.context.keep_going {
                    return Err(error);
                }
                outcome.push(ERROR_PORT, OutputItem::Failed(error));
            }
        }
        Ok(())
    }
}
