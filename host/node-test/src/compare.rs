use std::collections::BTreeMap;

use monshyflow_items::Json;
use monshyflow_sandbox::{CallError, Emitted, EmittedItem, Outcome};
use monshyflow_workflow::NodeType;
use serde_json::Value;

use crate::call::{Inputs, bytes};
use crate::memory::Blobs;
use crate::{Case, FullItem, RecordedItem, compare_errors, response, suspension};

/// Where a node lists items at fault; where they go is the workflow's to say.
const ERROR_PORT: &str = "error";

/// What came of a call, beside what was expected of it.
pub(crate) struct Comparison<'a> {
    pub(crate) node_type: &'a NodeType,
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) blobs: &'a Blobs,
}

/// An attachment that came out, or passed through.
struct Found<'a> {
    name: &'a str,
    media_type: Option<&'a str>,
    file_name: Option<&'a str>,
    bytes: bytes::Bytes,
}

fn variables(expected: &BTreeMap<String, Value>, emitted: &Emitted) -> Option<String> {
    let value = |(name, json): &(String, Json)| {
        let value = serde_json::from_str(json.as_str()).unwrap_or_default();
        (name.clone(), value)
    };
    let found: BTreeMap<String, Value> = emitted.variables.iter().map(value).collect();
    (found != *expected).then(|| {
        let shown = |variables| serde_json::to_string(variables).unwrap_or_default();
        format!(
            "expected the variables {}, found {}",
            shown(expected),
            shown(&found)
        )
    })
}

impl Comparison<'_> {
    /// Everything that came otherwise, in words.
    pub(crate) fn differences(&self, case: &Case, outcome: &Outcome) -> Vec<String> {
        match (&outcome.result, &case.expect, &case.error) {
            (Err(error), _, Some(expected)) => {
                compare_errors::difference(expected, error).into_iter().collect()
            }
            (Err(error), _, None) => vec![format!("found {}", compare_errors::shown(error))],
            (Ok(_), _, Some(expected)) => {
                vec![format!(
                    "the error `{}` was expected, but the call succeeded",
                    expected.code
                )]
            }
            (Ok(emitted), Some(expected), None) => {
                let asked = suspension::difference(case.suspend.as_ref(), emitted.suspension.as_ref());
                let mut differences: Vec<String> = asked.into_iter().collect();
                differences.extend(variables(&case.variables, emitted));
                let (expected_response, found) = (case.response.as_ref(), emitted.response.as_ref());
                differences.extend(response::difference(expected_response, found, self.blobs));
                self.outputs(expected, emitted, &mut differences);
                differences
            }
            (Ok(_), None, None) => vec!["the case expects nothing".to_owned()],
        }
    }

    fn outputs(
        &self,
        expected: &BTreeMap<String, Vec<RecordedItem>>,
        emitted: &Emitted,
        differences: &mut Vec<String>,
    ) {
        let mut left = BTreeMap::<&str, Vec<&EmittedItem>>::new();
        let mut failed = Vec::new();
        for port in &emitted.ports {
            let name = self
                .node_type
                .outputs
                .get(usize::from(port.port))
                .map_or("?", String::as_str);
            for item in &port.items {
                match item {
                    EmittedItem::Failed(error) => failed.push(error),
                    _ => left.entry(name).or_default().push(item),
                }
            }
        }
        let is_failed = |item: &&RecordedItem| matches!(item, RecordedItem::Failed(_));
        let mut expected_failed = Vec::new();
        for (port, items) in expected {
            expected_failed.extend(items.iter().filter(is_failed));
            let items: Vec<_> = items.iter().filter(|item| !is_failed(item)).collect();
            let found = left.remove(port.as_str()).unwrap_or_default();
            self.items(port, &items, &found, differences);
        }
        for (port, found) in left {
            self.items(port, &[], &found, differences);
        }
        same_failed(&expected_failed, &failed, differences);
    }

    fn items(
        &self,
        port: &str,
        expected: &[&RecordedItem],
        found: &[&EmittedItem],
        differences: &mut Vec<String>,
    ) {
        for index in 0..expected.len().max(found.len()) {
            let difference = match (expected.get(index), found.get(index)) {
                (Some(expected), Some(found)) => self.item(expected, found).err(),
                (Some(missing), None) => Some(format!("nothing came, expected {}", missing.text())),
                (None, Some(found)) => Some(format!("nothing was expected, found {}", self.json(found))),
                (None, None) => None,
            };
            differences.extend(difference.map(|difference| format!("{port}[{index}]: {difference}")));
        }
    }

    fn item(&self, expected: &RecordedItem, found: &EmittedItem) -> Result<(), String> {
        let RecordedItem::Full(full) = expected else {
            return self.same_json(expected, found);
        };
        match &full.text {
            Some(text) if self.json(found) != text => {
                return Err(format!("expected the text {text}, found {}", self.json(found)));
            }
            None if full.json.is_some() => self.same_json(expected, found)?,
            _ => {}
        }
        let (passed, source) = match found {
            EmittedItem::Passed(from) => (true, vec![*from]),
            EmittedItem::Created { source, .. } => (false, source.clone()),
            EmittedItem::Failed(_) => (false, Vec::new()),
        };
        if full.passed.is_some_and(|expected| expected != passed) {
            return Err(format!(
                "is {}passed on unchanged",
                if passed { "" } else { "not " }
            ));
        }
        match &full.source {
            Some(expected) if *expected != source => {
                Err(format!("came from {source:?}, expected {expected:?}"))
            }
            _ => self.attachments(full, &self.found(found)?),
        }
    }

    fn same_json(&self, expected: &RecordedItem, found: &EmittedItem) -> Result<(), String> {
        let (expected, text) = (expected.value()?, self.json(found));
        match serde_json::from_str::<Value>(text) {
            Ok(found) if found == expected => Ok(()),
            _ => Err(format!("expected {expected}, found {text}")),
        }
    }

    fn json<'a>(&'a self, found: &'a EmittedItem) -> &'a str {
        match found {
            EmittedItem::Created { json, .. } => json.as_str(),
            EmittedItem::Passed(from) => self.input(*from).map_or("null", RecordedItem::text),
            EmittedItem::Failed(error) => &error.message,
        }
    }

    /// The sandbox checked that there is one.
    fn input(&self, (input, index): (u32, u32)) -> Option<&RecordedItem> {
        self.inputs.get(input as usize)?.1.get(index as usize)
    }

    fn found<'a>(&'a self, found: &'a EmittedItem) -> Result<Vec<Found<'a>>, String> {
        match found {
            EmittedItem::Failed(_) => Ok(Vec::new()),
            EmittedItem::Created { binary, .. } => Ok(binary
                .iter()
                .map(|emitted| Found {
                    name: &emitted.name,
                    media_type: Some(&emitted.media_type),
                    file_name: emitted.file_name.as_deref(),
                    bytes: self.blobs.bytes(&emitted.blob.object).unwrap_or_default(),
                })
                .collect()),
            EmittedItem::Passed(from) => {
                let attachments = self.input(*from).into_iter().flat_map(RecordedItem::attachments);
                let found = attachments.map(|(name, recorded)| {
                    Ok(Found {
                        name,
                        media_type: recorded.media_type.as_deref(),
                        file_name: recorded.file_name.as_deref(),
                        bytes: bytes(recorded)?.unwrap_or_default(),
                    })
                });
                found.collect()
            }
        }
    }

    fn attachments(&self, full: &FullItem, found: &[Found<'_>]) -> Result<(), String> {
        let Some(expected) = &full.binary else {
            return Ok(());
        };
        if let Some(extra) = found.iter().find(|found| !expected.contains_key(found.name)) {
            return Err(format!("attachment `{}` was not expected", extra.name));
        }
        for (name, expected) in expected {
            let Some(found) = found.iter().find(|found| found.name == name) else {
                return Err(format!("attachment `{name}` is missing"));
            };
            if expected.media_type.is_some() && expected.media_type.as_deref() != found.media_type {
                let (expected, found) = (&expected.media_type, found.media_type);
                return Err(format!(
                    "attachment `{name}` has media type {found:?}, expected {expected:?}"
                ));
            }
            if expected.file_name.is_some() && expected.file_name.as_deref() != found.file_name {
                let (expected, found) = (&expected.file_name, found.file_name);
                return Err(format!(
                    "attachment `{name}` has file name {found:?}, expected {expected:?}"
                ));
            }
            if let Some(bytes) = bytes(expected)?
                && bytes != found.bytes
            {
                let [expected, found] = [&bytes, &found.bytes].map(|bytes| String::from_utf8_lossy(bytes));
                return Err(format!(
                    "attachment `{name}` holds {found:?}, expected {expected:?}"
                ));
            }
        }
        Ok(())
    }
}

fn same_failed(expected: &[&RecordedItem], found: &[&CallError], differences: &mut Vec<String>) {
    for index in 0..expected.len().max(found.len()) {
        let difference = match (expected.get(index), found.get(index)) {
            (Some(RecordedItem::Failed(expected)), Some(found)) => {
                compare_errors::difference(expected, found)
            }
            (Some(RecordedItem::Failed(missing)), None) => {
                Some(format!("no item failed, expected the error `{}`", missing.code))
            }
            (_, Some(found)) => Some(format!("found {}", compare_errors::shown(found))),
            (_, None) => None,
        };
        differences.extend(difference.map(|difference| format!("{ERROR_PORT}[{index}]: {difference}")));
    }
}
