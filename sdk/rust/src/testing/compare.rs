use std::collections::BTreeMap;

use serde_json::Value;

use super::recorded_item::{FullItem, bytes_of};
use super::{Case, ExpectedError, RecordedItem, Report, response, suspension};
use crate::call::Input;
use crate::{Attachment, ItemRef, NodeError, OutputItem};

pub(super) fn outcome(case: &Case, report: &Report) -> Result<(), String> {
    match (&report.result, &case.expect, &case.error) {
        (Err(error), _, Some(expected)) => same_error(expected, error),
        (Err(error), _, None) => Err(format!("failed with `{}`: {}", error.code, error.message)),
        (Ok(_), None, Some(expected)) => Err(format!(
            "error `{}` was expected, but the call succeeded",
            expected.code
        )),
        (Ok(outcome), Some(expected), _) => {
            suspension::same(case.suspend.as_ref(), report.suspension.as_ref())?;
            same_variables(case, report)?;
            response::same(case.response.as_ref(), report)?;
            for (port, items) in &outcome.outputs {
                let expected = expected.get(port).map(Vec::as_slice).unwrap_or_default();
                same_items(port, expected, items, report)?;
            }
            let silent = expected.iter().find(|(port, items)| {
                !items.is_empty() && !outcome.outputs.iter().any(|(name, _)| name == *port)
            });
            silent.map_or(Ok(()), |(port, _)| Err(format!("nothing left by port `{port}`")))
        }
        (Ok(_), None, None) => Err("the case expects nothing".to_owned()),
    }
}

fn same_variables(case: &Case, report: &Report) -> Result<(), String> {
    let value = |(name, text): (&String, &String)| {
        let value: Result<Value, _> = serde_json::from_str(text);
        value.map(|value| (name.clone(), value)).ok()
    };
    let found: BTreeMap<String, Value> = report.variables.iter().filter_map(value).collect();
    if found == case.variables {
        Ok(())
    } else {
        Err(format!(
            "set the variables {found:?}, expected {:?}",
            case.variables
        ))
    }
}

fn same_items(
    port: &str,
    expected: &[RecordedItem],
    items: &[OutputItem],
    report: &Report,
) -> Result<(), String> {
    for (index, item) in items.iter().enumerate() {
        let place = format!("{port}[{index}]");
        let Some(expected) = expected.get(index) else {
            return Err(format!(
                "{place} was not expected: {}",
                shown(item, &report.inputs)
            ));
        };
        same_item(expected, item, report).map_err(|problem| format!("{place}: {problem}"))?;
    }
    match expected.get(items.len()) {
        Some(missing) => Err(format!("{port}[{}] is missing: {}", items.len(), missing.text())),
        None => Ok(()),
    }
}

fn same_item(expected: &RecordedItem, item: &OutputItem, report: &Report) -> Result<(), String> {
    match (expected, item) {
        (RecordedItem::Failed(expected), OutputItem::Failed(error)) => same_error(expected, error),
        (RecordedItem::Failed(expected), _) => Err(format!(
            "should have failed with `{}`, but is {}",
            expected.code,
            shown(item, &report.inputs)
        )),
        (_, OutputItem::Failed(error)) => Err(format!("failed with `{}`: {}", error.code, error.message)),
        (RecordedItem::Plain(_), _) => same_json(&expected.value(), item, report),
        (RecordedItem::Full(full), _) => same_full(full, expected, item, report),
    }
}

fn same_full(
    full: &FullItem,
    expected: &RecordedItem,
    item: &OutputItem,
    report: &Report,
) -> Result<(), String> {
    if let Some(text) = &full.text {
        let found = json_text(item, &report.inputs).unwrap_or_default();
        if found != text {
            return Err(format!("expected the text {text}, found {found}"));
        }
    } else if full.json.is_some() {
        same_json(&expected.value(), item, report)?;
    }
    let (passed, source, attachments) = match item {
        OutputItem::Passed(at) => (true, vec![*at], attachments_of(*at, &report.inputs)),
        OutputItem::Created(created) => (false, created.source.clone(), created.binary.as_slice()),
        OutputItem::Failed(_) => (false, Vec::new(), [].as_slice()),
    };
    if full.passed.is_some_and(|expected| expected != passed) {
        return Err(format!(
            "is {}passed on unchanged",
            if passed { "" } else { "not " }
        ));
    }
    let source: Vec<_> = source.iter().map(|at| (at.input, at.index)).collect();
    if full.source.as_ref().is_some_and(|expected| *expected != source) {
        return Err(format!(
            "came from {source:?}, expected {:?}",
            full.source.as_deref().unwrap_or_default()
        ));
    }
    same_attachments(full, attachments, report)
}

fn same_attachments(full: &FullItem, attachments: &[Attachment], report: &Report) -> Result<(), String> {
    let Some(expected) = &full.binary else {
        return Ok(());
    };
    if let Some(extra) = attachments
        .iter()
        .find(|attachment| !expected.contains_key(&attachment.name))
    {
        return Err(format!("attachment `{}` was not expected", extra.name));
    }
    for (name, expected) in expected {
        let Some(found) = attachments.iter().find(|attachment| attachment.name == *name) else {
            return Err(format!("attachment `{name}` is missing"));
        };
        if expected
            .media_type
            .as_ref()
            .is_some_and(|media_type| *media_type != found.media_type)
        {
            return Err(format!("attachment `{name}` has media type {}", found.media_type));
        }
        if expected.file_name.is_some() && expected.file_name != found.file_name {
            return Err(format!("attachment `{name}` has file name {:?}", found.file_name));
        }
        let bytes = bytes_of(expected.text.as_deref(), expected.base64.as_deref())?;
        if bytes.is_some_and(|bytes| bytes != report.bytes(found)) {
            let found = String::from_utf8_lossy(report.bytes(found));
            return Err(format!("attachment `{name}` holds other bytes: {found}"));
        }
    }
    Ok(())
}

fn same_json(expected: &Value, item: &OutputItem, report: &Report) -> Result<(), String> {
    let text = json_text(item, &report.inputs).unwrap_or_default();
    match serde_json::from_str::<Value>(text) {
        Ok(found) if found == *expected => Ok(()),
        Ok(found) => Err(format!("expected {expected}, found {found}")),
        Err(error) => Err(format!("is not JSON ({error}): {text}")),
    }
}

fn same_error(expected: &ExpectedError, error: &NodeError) -> Result<(), String> {
    let item = error.item.map(|at| (at.input, at.index));
    let same = expected.code == error.code
        && expected
            .kind
            .as_deref()
            .is_none_or(|kind| kind == error.kind.name())
        && expected
            .message
            .as_ref()
            .is_none_or(|part| error.message.contains(part))
        && expected.parameter.is_none_or_same(error.parameter.as_ref())
        && expected.item.is_none_or_same(item.as_ref())
        && expected
            .retry_after_ms
            .is_none_or_same(error.retry_after_ms.as_ref())
        && expected.details.is_none_or_same(error.details.as_deref());
    if same {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {error:?}"))
    }
}

trait NoneOrSame<T> {
    fn is_none_or_same(&self, found: Option<&T>) -> bool;
}

impl<T: PartialEq> NoneOrSame<T> for Option<T> {
    fn is_none_or_same(&self, found: Option<&T>) -> bool {
        self.is_none() || self.as_ref() == found
    }
}

/// The JSON of an item on its way out; none for failures.
pub(super) fn json_text<'a>(item: &'a OutputItem, inputs: &'a [Input]) -> Option<&'a str> {
    match item {
        OutputItem::Created(created) => Some(&created.json),
        OutputItem::Passed(at) => Some(
            inputs
                .get(at.input as usize)?
                .items
                .get(at.index as usize)?
                .text(),
        ),
        OutputItem::Failed(_) => None,
    }
}

fn attachments_of(at: ItemRef, inputs: &[Input]) -> &[Attachment] {
    let item = inputs
        .get(at.input as usize)
        .and_then(|input| input.items.get(at.index as usize));
    item.map_or(&[], crate::Item::attachments)
}

fn shown(item: &OutputItem, inputs: &[Input]) -> String {
    match item {
        OutputItem::Failed(error) => format!("failed with `{}`: {}", error.code, error.message),
        _ => json_text(item, inputs).unwrap_or_default().to_owned(),
    }
}
