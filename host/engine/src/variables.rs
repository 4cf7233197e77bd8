use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_items::Json;

use crate::node_state::Stage;
use crate::{Place, Run, StepError};

/// Variables of a run by name.
pub type Variables = BTreeMap<String, Json>;

/// Most variables of a run.
const MAX_NAMES: usize = 256;
/// Most bytes of their names and values.
const MAX_BYTES: usize = 256 << 10;

/// What the steps that are done set, and what those that are not may see of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct VariableFacts {
    now: Arc<Variables>,
    /// By step that was started and has no result; nothing where there were none. A retry must see what the first try saw,
    /// whatever other branches set since.
    at_start: BTreeMap<Place, Arc<Variables>>,
}

impl VariableFacts {
    pub(crate) fn set(&mut self, variables: &[(String, Json)]) {
        if variables.is_empty() {
            return;
        }
        Arc::make_mut(&mut self.now).extend(variables.iter().cloned());
    }

    pub(crate) fn begin(&mut self, place: &Place) {
        if self.now.is_empty() {
            self.at_start.remove(place);
        } else {
            self.at_start.insert(place.clone(), self.now.clone());
        }
    }

    pub(crate) fn end(&mut self, place: &Place) {
        self.at_start.remove(place);
    }

    pub(crate) fn end_all(&mut self) {
        self.at_start.clear();
    }

    /// Why a step may not set these.
    pub(crate) fn refusal(&self, variables: &[(String, Json)]) -> Option<StepError> {
        if variables.is_empty() {
            return None;
        }
        let mut sizes: BTreeMap<&str, usize> = self.now.iter().map(size).collect();
        sizes.extend(variables.iter().map(|(name, value)| size((name, value))));
        let (names, bytes) = (sizes.len(), sizes.values().sum::<usize>());
        if names <= MAX_NAMES && bytes <= MAX_BYTES {
            return None;
        }
        let message = format!(
            "with what this step sets the run would have {names} variables of {bytes} bytes; \
             it can have {MAX_NAMES} of {MAX_BYTES} bytes together"
        );
        Some(StepError::permanent("too-many-variables", message))
    }
}

fn size<'a>((name, value): (&'a String, &'a Json)) -> (&'a str, usize) {
    (name, name.len() + value.as_str().len())
}

impl Run {
    /// What the steps that are done set.
    pub fn variables(&self) -> &Variables {
        &self.facts.variables.now
    }

    /// What the expressions of a step see: the variables as they were when it was started, or resumed. As they are now for a
    /// step that is not under way.
    pub fn variables_at(&self, place: &Place) -> Arc<Variables> {
        let facts = &self.facts.variables;
        match self.facts.node(place).map(|state| state.stage) {
            Some(Stage::InFlight | Stage::Suspended | Stage::Retrying { .. }) => {
                facts.at_start.get(place).cloned().unwrap_or_default()
            }
            _ => facts.now.clone(),
        }
    }
}
