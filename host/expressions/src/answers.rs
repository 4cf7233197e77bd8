use std::collections::HashMap;

use monshyflow_workflow::Expression;
use serde_json::value::RawValue;

use crate::evaluate::Problem;
use crate::question::Question;
use crate::response::{self, RawCell, RawError, RawMissing};
use crate::{ErrorKind, MissingItem};

/// Most characters of a message that JavaScript made up.
const MOST_MESSAGE: usize = 2_000;
const MOST_NAME: usize = 200;
const MOST_NAMES: usize = 50;
const MOST_MISSING: usize = 1_000;

/// What the evaluator said: its values are JSON, the rest is a stranger's text.
#[derive(Default)]
pub(crate) struct Answers<'a> {
    columns: HashMap<&'a str, usize>,
    shared: Vec<Option<RawCell<'a>>>,
    rows: Vec<Vec<Option<RawCell<'a>>>>,
    /// What the evaluator was not given: the answers count only if there is nothing.
    pub(crate) missing: Vec<MissingItem>,
}

pub(crate) enum Cell<'c, 'a> {
    /// JSON text.
    Value(&'a str),
    /// Nothing is there, as the author allows.
    Undefined,
    Error(&'c RawError<'a>),
}

impl<'a> Answers<'a> {
    /// `responses` to the requests of `question`, in order.
    ///
    /// # Errors
    ///
    /// If a response is not what was asked for.
    pub(crate) fn read(question: &Question<'a>, responses: &'a [String]) -> Result<Self, String> {
        let mut answers = Self {
            columns: question.columns.clone(),
            ..Self::default()
        };
        for (range, text) in question.ranges.iter().zip(responses) {
            let response = response::read(text, range.len(), question.sources.len())?;
            for row in [&response.shared].into_iter().chain(&response.rows) {
                let is_shared = std::ptr::eq(row, &response.shared);
                let fits = |(cell, per_item): (&Option<RawCell<'_>>, &bool)| {
                    cell.is_some() == (is_shared != *per_item)
                };
                if !row.iter().zip(&question.per_item).all(fits) {
                    return Err("it answered what it was not asked".to_owned());
                }
            }
            if answers.shared.is_empty() {
                answers.shared = response.shared;
            }
            answers.rows.extend(response.rows);
            if let Some(list) = response.missing {
                answers.missing.extend(missing(list)?);
            }
        }
        Ok(answers)
    }

    /// What was said of an expression, for the item at that place of `Scope::items`.
    pub(crate) fn cell(&self, expression: &Expression, offset: Option<usize>) -> Option<Cell<'_, 'a>> {
        if self.columns.is_empty() {
            return None;
        }
        let column = *self.columns.get(&*expression.source)?;
        let row = match offset {
            Some(offset) if expression.depends_on_item() => self.rows.get(offset)?,
            _ => &self.shared,
        };
        let cell = row.get(column)?.as_ref()?;
        Some(match cell {
            RawCell {
                error: Some(error), ..
            } => Cell::Error(error),
            RawCell {
                value: Some(value), ..
            } => Cell::Value(value.get()),
            RawCell { .. } => Cell::Undefined,
        })
    }
}

impl RawError<'_> {
    pub(crate) fn problem(&self) -> Problem {
        let said = self
            .message
            .map(|raw| text(raw, MOST_MESSAGE))
            .unwrap_or_default();
        let name = self.name.map(|raw| text(raw, MOST_NAME)).unwrap_or_default();
        let (kind, message) = match self.kind.map(|raw| text(raw, MOST_NAME)).as_deref() {
            Some("unresolved") => (ErrorKind::Unresolved, said),
            Some("thrown") => (ErrorKind::Threw, format!("{name}: {said}")),
            Some("syntax") => (ErrorKind::Syntax, said),
            Some("unserializable") => (ErrorKind::Unserializable, said),
            Some("not-loaded") => (ErrorKind::NotLoaded, said),
            _ => (ErrorKind::Fault, format!("the evaluator failed: {said}")),
        };
        let number = |raw: Option<&RawValue>| raw?.get().parse::<u32>().ok();
        Problem {
            kind: Some(kind),
            message,
            available: self.available.map(names).unwrap_or_default(),
            place: number(self.line).zip(number(self.column)),
            is_unsure: false,
        }
    }
}

/// A text of the evaluator, cut to size. Halves of characters stay as they were escaped.
fn text(raw: &RawValue, most: usize) -> String {
    let read = serde_json::from_str::<String>(raw.get());
    let text = read.unwrap_or_else(|_| raw.get().trim_matches('"').to_owned());
    if text.chars().count() <= most {
        return text;
    }
    let mut cut: String = text.chars().take(most).collect();
    cut.push('…');
    cut
}

fn missing(list: &RawValue) -> Result<Vec<MissingItem>, String> {
    let each = response::first(list.get(), MOST_MISSING).map_err(|error| error.to_string())?;
    let item = |raw: &RawValue| {
        let RawMissing { node, index } = serde_json::from_str(raw.get())?;
        Ok(MissingItem { node, index })
    };
    let items: Result<_, serde_json::Error> = each.into_iter().map(item).collect();
    items.map_err(|error| error.to_string())
}

fn names(raw: &RawValue) -> Vec<String> {
    let names = response::first(raw.get(), MOST_NAMES).unwrap_or_default();
    names.into_iter().map(|name| text(name, MOST_NAME)).collect()
}
