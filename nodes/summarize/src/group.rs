use monshyflow_sdk::{ItemRef, NewItem, NodeError, Object};

use crate::aggregate::Aggregate;
use crate::params::{Field, Plan};

/// Items that agree in the fields by which they are grouped.
pub(crate) struct Group {
    /// JSON texts; none where the items have no such field.
    keys: Vec<Option<String>>,
    /// One for each field to summarize.
    pub(crate) values: Vec<Aggregate>,
    pub(crate) source: Vec<ItemRef>,
}

impl Group {
    pub(crate) fn new(fields: &[Field], keys: Vec<Option<String>>) -> Self {
        Self {
            keys,
            values: fields.iter().map(Aggregate::new).collect(),
            source: Vec::new(),
        }
    }

    pub(crate) fn into_item(self, plan: &Plan) -> Result<NewItem, NodeError> {
        let mut object = Object::default();
        for (number, (path, key)) in plan.group_by.iter().zip(&self.keys).enumerate() {
            if let Some(key) = key {
                object
                    .set(path, key)
                    .map_err(|error| NodeError::invalid_param(format!("/groupBy/{number}"), error))?;
            }
        }
        self.add_results(plan, &mut object)?;
        Ok(NewItem::text(object.to_text()).from_all(self.source))
    }

    fn add_results(&self, plan: &Plan, object: &mut Object<'_>) -> Result<(), NodeError> {
        for (number, (path, value)) in plan.to.iter().zip(&self.values).enumerate() {
            object
                .set(path, value.json())
                .map_err(|error| NodeError::invalid_param(format!("/fields/{number}/rename"), error))?;
        }
        Ok(())
    }
}

/// One object for all groups, with a level for each field by which they are grouped.
pub(crate) fn nested(plan: &Plan, groups: &[Group]) -> Result<String, NodeError> {
    let groups: Vec<&Group> = groups.iter().collect();
    level(plan, &groups, 0)
}

fn level(plan: &Plan, groups: &[&Group], depth: usize) -> Result<String, NodeError> {
    let mut object = Object::default();
    if depth == plan.group_by.len() {
        // Groups that agree in everything are one.
        groups
            .iter()
            .try_for_each(|group| group.add_results(plan, &mut object))?;
        return Ok(object.to_text());
    }
    let mut names: Vec<(String, Vec<&Group>)> = Vec::new();
    for group in groups {
        let name = name(group.keys[depth].as_deref());
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(group),
            None => names.push((name, vec![group])),
        }
    }
    for (name, members) in names {
        object.set_field(&name, level(plan, &members, depth + 1)?);
    }
    Ok(object.to_text())
}

/// A value as the name of a field.
pub(crate) fn name(key: Option<&str>) -> String {
    let key = key.unwrap_or("null");
    serde_json::from_str::<String>(key).unwrap_or_else(|_| key.to_owned())
}
