use serde_json::{Map, Value};

use super::parts::{Place, keywords, parts, reference};

/// Deepest recursion of the validator; see `shape::MAX_LEVELS`.
const MAX_DEPTH: usize = 1_000;

/// Work that may still be done: about one unit for each meeting of a schema with a value.
#[derive(Debug, Clone)]
pub struct Budget {
    left: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("checking it against the schema would take too long: make the data smaller, or the schema simpler")]
pub struct OutOfBudget;

impl Budget {
    /// Under a second of work.
    pub const USUAL: u64 = 2_000_000;

    fn take(&mut self, units: usize) -> Result<(), OutOfBudget> {
        self.left = self.left.checked_sub(units as u64).ok_or(OutOfBudget)?;
        Ok(())
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: Self::USUAL }
    }
}

/// Walks through the validation as if nothing ever ended early, and takes what it costs.
pub(super) fn spend(schema: &Value, data: &Value, budget: &mut Budget) -> Result<(), OutOfBudget> {
    Walk {
        root: schema,
        budget,
        in_place: Vec::new(),
        depth: 0,
    }
    .visit(schema, data, 1)
}

struct Walk<'a> {
    root: &'a Value,
    budget: &'a mut Budget,
    /// Schemas that are being applied to the present place: the validator, too, ends when it meets one again.
    in_place: Vec<*const Value>,
    depth: usize,
}

impl<'a> Walk<'a> {
    /// `times`: how often the validator looks at this place, since it first asks whether an alternative fits and then
    /// collects why not.
    fn visit(&mut self, schema: &'a Value, data: &'a Value, times: usize) -> Result<(), OutOfBudget> {
        let here = std::ptr::from_ref(schema);
        let Value::Object(members) = schema else {
            return self.budget.take(times);
        };
        if self.in_place.contains(&here) {
            return self.budget.take(times);
        }
        if self.depth > MAX_DEPTH {
            return Err(OutOfBudget);
        }
        self.budget.take(times * (1 + listed(members)))?;
        self.depth += 1;
        self.in_place.push(here);
        let outcome = self.visit_in_place(members, data, times);
        self.in_place.pop();
        outcome?;
        let outer = std::mem::take(&mut self.in_place);
        self.visit_inside(members, data, times)?;
        self.in_place = outer;
        self.depth -= 1;
        Ok(())
    }

    fn visit_in_place(
        &mut self,
        members: &'a Map<String, Value>,
        data: &'a Value,
        times: usize,
    ) -> Result<(), OutOfBudget> {
        let unevaluated =
            members.contains_key("unevaluatedProperties") || members.contains_key("unevaluatedItems");
        let times = times + usize::from(unevaluated);
        if let Some(Ok(target)) = reference(self.root, members) {
            self.visit(target, data, times)?;
        }
        for (keyword, _, value) in keywords(members).filter(|(_, place, _)| *place == Place::Here) {
            let parts = parts(keyword, value);
            let alternatives = matches!(keyword, "anyOf" | "oneOf" | "if" | "not");
            if alternatives {
                // Each alternative that does not fit keeps a copy of the data.
                self.copy(data, parts.len().saturating_mul(times))?;
            }
            for (_, part) in parts {
                self.visit(part, data, times + usize::from(alternatives))?;
            }
        }
        Ok(())
    }

    fn visit_inside(
        &mut self,
        members: &'a Map<String, Value>,
        data: &'a Value,
        times: usize,
    ) -> Result<(), OutOfBudget> {
        let wanted = match data {
            Value::Array(_) => Place::Items,
            Value::Object(_) => Place::Members,
            _ => return Ok(()),
        };
        for (keyword, _, value) in keywords(members).filter(|(_, place, _)| *place == wanted) {
            for (name, part) in parts(keyword, value) {
                match (data, name.filter(|_| keyword == "properties")) {
                    (Value::Object(fields), Some(name)) => {
                        fields
                            .get(name)
                            .map_or(Ok(()), |field| self.visit(part, field, times))?;
                    }
                    (Value::Object(fields), None) => {
                        fields
                            .values()
                            .try_for_each(|field| self.visit(part, field, times))?;
                    }
                    (Value::Array(items), _) => {
                        items.iter().try_for_each(|item| self.visit(part, item, times))?
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn copy(&mut self, data: &Value, times: usize) -> Result<(), OutOfBudget> {
        self.budget.take(times)?;
        match data {
            Value::Array(items) => items.iter().try_for_each(|item| self.copy(item, times)),
            Value::Object(fields) => fields.values().try_for_each(|field| self.copy(field, times)),
            Value::String(text) => self.budget.take(times.saturating_mul(text.len() / 64)),
            _ => Ok(()),
        }
    }
}

/// What a schema lists that the validator goes through one by one.
fn listed(members: &Map<String, Value>) -> usize {
    let length = |keyword: &&str| match members.get(*keyword) {
        Some(Value::Array(list)) => list.len(),
        Some(Value::Object(map)) => map.len(),
        _ => 0,
    };
    [
        "enum",
        "required",
        "properties",
        "patternProperties",
        "dependentRequired",
        "dependentSchemas",
        "type",
    ]
    .iter()
    .map(length)
    .sum()
}
