use std::collections::HashMap;

use monshyflow_sdk::{Inputs, Item, NodeError, Object, Path, canonical};

use crate::fuzzy::fuzzy;
use crate::params::{Params, Plan, Side};

/// The items of one input.
pub(crate) struct Dataset<'a> {
    pub(crate) items: Vec<Record<'a>>,
    /// Positions by key, in order.
    by_key: HashMap<String, Vec<usize>>,
}

pub(crate) struct Record<'a> {
    pub(crate) item: &'a Item,
    pub(crate) object: Object<'a>,
    /// None if it lacks a field to match by, so that it belongs to nothing.
    pub(crate) key: Option<String>,
}

impl<'a> Dataset<'a> {
    pub(crate) fn new(
        params: &Params,
        plan: &Plan,
        inputs: &'a Inputs,
        side: Side,
    ) -> Result<Self, NodeError> {
        let (port, paths) = match side {
            Side::A => ("a", &plan.keys_a),
            Side::B => ("b", &plan.keys_b),
        };
        let mut dataset = Self {
            items: Vec::new(),
            by_key: HashMap::new(),
        };
        let mut found = vec![false; paths.len()];
        for (position, item) in inputs.items(port).iter().enumerate() {
            let object = item.object()?;
            let key = key(params, &object, paths, &mut found);
            if let Some(key) = &key {
                dataset.by_key.entry(key.clone()).or_default().push(position);
            }
            dataset.items.push(Record { item, object, key });
        }
        match found.iter().position(|found| !found) {
            Some(position) if !dataset.items.is_empty() => {
                let message = format!(
                    "no item of input {port} has the field `{}`; check its name",
                    paths[position]
                );
                let place = format!("/matchFields/{position}/{port}");
                Err(NodeError::invalid("missing-field", message).at(place))
            }
            _ => Ok(dataset),
        }
    }

    /// Positions of the items here with `key`.
    pub(crate) fn matches(&self, key: Option<&String>) -> &[usize] {
        key.and_then(|key| self.by_key.get(key))
            .map_or(&[], Vec::as_slice)
    }
}

/// What a value is compared by.
pub(crate) fn comparable(params: &Params, json: &str) -> String {
    if params.fuzzy {
        fuzzy(json)
    } else {
        canonical(json)
    }
}

fn key(params: &Params, object: &Object<'_>, paths: &[Path], found: &mut [bool]) -> Option<String> {
    let mut key = Some(String::new());
    for (path, found) in paths.iter().zip(found) {
        let json = object.get(path);
        *found |= json.is_some();
        key = key.zip(json).map(|(key, json)| {
            // No canonical text holds a line break, so two keys cannot run into each other.
            key + &comparable(params, &json) + "\n"
        });
    }
    key
}
