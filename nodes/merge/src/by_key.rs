use std::collections::HashMap;

use monshyflow_sdk::{Inputs, Item, NewItem, NodeError, Object, Path, canonical};
use serde_json::value::RawValue;

use crate::combine::{Combining, Part};
use crate::params::{Join, MultipleMatches, OutputFrom, Params};
use crate::port;

/// Combines items of input 0 and input 1 that agree in all key fields.
pub(crate) fn by_key(params: &Params, inputs: &Inputs) -> Result<Vec<NewItem>, NodeError> {
    let (paths0, paths1) = params.key_paths()?;
    if let Some(extra) = inputs
        .ports()
        .iter()
        .find(|input| !input.items.is_empty() && input.port != port(0) && input.port != port(1))
    {
        let message = format!(
            "matching takes the inputs input-0 and input-1, but items arrived at {}; chain several merges",
            extra.port
        );
        return Err(NodeError::invalid("too-many-inputs", message).at("/mode"));
    }
    let loose = params.loose_types;
    let input0 = Side::new(inputs, 0, &paths0, loose)?;
    let input1 = Side::new(inputs, 1, &paths1, loose)?;
    let mut matching = Matching {
        params,
        combining: Combining::new(params),
        output: Vec::new(),
        combined: 0,
    };
    let from = |input| params.output_from == OutputFrom::Both || params.output_from == input;
    match params.join {
        Join::Inner => match params.output_from {
            OutputFrom::Both => matching.pairs(&input0, &input1, false)?,
            OutputFrom::Input0 => matching.pass(&input0, &input1, true),
            OutputFrom::Input1 => matching.pass(&input1, &input0, true),
        },
        Join::Left => matching.pairs(&input0, &input1, true)?,
        Join::Right => matching.pairs(&input1, &input0, true)?,
        Join::Outer => {
            matching.pairs(&input0, &input1, true)?;
            matching.rest(&input1, &input0)?;
        }
        Join::NonMatching => {
            if from(OutputFrom::Input0) {
                matching.pass(&input0, &input1, false);
            }
            if from(OutputFrom::Input1) {
                matching.pass(&input1, &input0, false);
            }
        }
    }
    Ok(matching.output)
}

/// The items of one input with their keys.
struct Side<'a> {
    input: usize,
    items: Vec<(&'a Item, Part<'a>)>,
    /// By item; none if it lacks a key field, which matches nothing.
    keys: Vec<Option<String>>,
    /// Items by key, in order.
    by_key: HashMap<String, Vec<usize>>,
}

impl<'a> Side<'a> {
    fn new(inputs: &'a Inputs, input: usize, paths: &[Path], loose: bool) -> Result<Self, NodeError> {
        let mut side = Self {
            input,
            items: Vec::new(),
            keys: Vec::new(),
            by_key: HashMap::new(),
        };
        for (position, item) in inputs.items(&port(input)).iter().enumerate() {
            let part = Part::new(item, input)?;
            let key = key_of(&part.object, paths, loose);
            if let Some(key) = &key {
                side.by_key.entry(key.clone()).or_default().push(position);
            }
            side.keys.push(key);
            side.items.push((item, part));
        }
        Ok(side)
    }

    /// Positions of the items here that match an item with `key`.
    fn matches(&self, key: &Option<String>) -> &[usize] {
        key.as_ref()
            .and_then(|key| self.by_key.get(key))
            .map_or(&[], Vec::as_slice)
    }
}

struct Matching<'a> {
    params: &'a Params,
    combining: Combining,
    output: Vec<NewItem>,
    combined: usize,
}

impl Matching<'_> {
    /// Each item of `driver` with what it matches; with `keep` also those that match nothing.
    fn pairs(&mut self, driver: &Side<'_>, other: &Side<'_>, keep: bool) -> Result<(), NodeError> {
        for ((item, part), key) in driver.items.iter().zip(&driver.keys) {
            let mut matches = other.matches(key);
            if self.params.multiple_matches == MultipleMatches::First {
                matches = matches.get(..1).unwrap_or_default();
            }
            if matches.is_empty() && keep {
                self.output.push(self.combining.alone(item, driver.input)?);
            }
            for position in matches {
                let (_, found) = &other.items[*position];
                let parts = if driver.input < other.input {
                    [part, found]
                } else {
                    [found, part]
                };
                // Matches multiply, items without any do not.
                if self.combined == self.params.max_items {
                    return Err(self.params.too_many());
                }
                self.combined += 1;
                self.output.push(self.combining.combine(&parts)?);
            }
        }
        Ok(())
    }

    /// Items of `side` that match nothing, after those of the other input.
    fn rest(&mut self, side: &Side<'_>, other: &Side<'_>) -> Result<(), NodeError> {
        for ((item, _), key) in side.items.iter().zip(&side.keys) {
            if other.matches(key).is_empty() {
                self.output.push(self.combining.alone(item, side.input)?);
            }
        }
        Ok(())
    }

    /// Items of `side` as they are, if they match something or if they do not.
    fn pass(&mut self, side: &Side<'_>, other: &Side<'_>, matching: bool) {
        let items = side.items.iter().zip(&side.keys);
        let chosen = items.filter(|(_, key)| other.matches(key).is_empty() != matching);
        self.output.extend(chosen.map(|((item, _), _)| (*item).into()));
    }
}

fn key_of(object: &Object<'_>, paths: &[Path], loose: bool) -> Option<String> {
    let mut key = String::new();
    for path in paths {
        let json = object.get(path)?;
        key.push_str(&if loose { loosely(&json) } else { canonical(&json) });
        // No canonical text holds a line break, so two keys cannot run into each other.
        key.push('\n');
    }
    Some(key)
}

/// The canonical text of what a text says, if it says a number, a boolean or nothing.
fn loosely(json: &str) -> String {
    let Ok(text) = serde_json::from_str::<String>(json) else {
        return canonical(json);
    };
    let text = text.trim();
    let is_scalar = !text.starts_with(['{', '[', '"']) && serde_json::from_str::<&RawValue>(text).is_ok();
    match text {
        "" => "null".to_owned(),
        text if is_scalar => canonical(text),
        text => canonical(&serde_json::Value::from(text).to_string()),
    }
}
