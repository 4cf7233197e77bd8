//! Makes one value of the values of many items.

mod aggregate;
mod decimal;
mod group;
mod params;

use std::borrow::Cow;
use std::collections::HashMap;

use monshyflow_sdk::{Context, Inputs, MAIN, NewItem, NodeError, Object, Output, all, canonical};

use group::Group;
pub use params::Params;
use params::{Missing, OutputFormat, Plan};

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let plan = params.plan()?;
    let mut groups: Vec<Group> = Vec::new();
    let mut positions: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    let mut found = vec![false; params.fields.len()];
    for item in inputs.items(MAIN) {
        let object = item.object()?;
        let keys = keys(&plan, &object);
        if params.skip_missing_groups && keys.iter().any(|key| is_empty(key.as_deref())) {
            continue;
        }
        let same = keys.iter().map(|key| identity(params, key.as_deref())).collect();
        let position = *positions.entry(same).or_insert_with(|| {
            groups.push(Group::new(&params.fields, keys));
            groups.len() - 1
        });
        let group = &mut groups[position];
        for (number, (from, value)) in plan.from.iter().zip(&mut group.values).enumerate() {
            let json = match from {
                Some(path) => object.get(path),
                None => Some(Cow::Borrowed(item.text())),
            };
            found[number] |= json.is_some();
            value.add(json.as_deref()).map_err(|problem| {
                problem
                    .of(from.as_ref())
                    .at(format!("/fields/{number}"))
                    .with_item(item.reference())
            })?;
        }
        group.source.push(item.reference());
    }
    if let Some(number) = found.iter().position(|found| !found)
        && !groups.is_empty()
        && params.missing == Missing::Error
    {
        return Err(missing(&params.fields[number].field, number));
    }
    output(params, &plan, groups)
}

fn output(params: &Params, plan: &Plan, groups: Vec<Group>) -> Result<Output, NodeError> {
    if params.output == OutputFormat::One && !groups.is_empty() {
        let source: Vec<_> = groups.iter().flat_map(|group| group.source.clone()).collect();
        let json = group::nested(plan, &groups)?;
        return Ok(Output::one(NewItem::text(json).from_all(source)));
    }
    let items = groups.into_iter().map(|group| group.into_item(plan));
    Ok(Output::many(items.collect::<Result<Vec<_>, _>>()?))
}

fn keys(plan: &Plan, object: &Object<'_>) -> Vec<Option<String>> {
    let paths = plan.group_by.iter();
    paths.map(|path| object.get(path).map(Cow::into_owned)).collect()
}

/// Equal for values of one group. As names of fields, `1` and `"1"` are the same.
fn identity(params: &Params, key: Option<&str>) -> Option<String> {
    match params.output {
        OutputFormat::Items => key.map(canonical),
        OutputFormat::One => Some(group::name(key)),
    }
}

/// Missing, null or an empty text.
fn is_empty(json: Option<&str>) -> bool {
    matches!(json, None | Some("null" | "\"\""))
}

fn missing(field: &str, number: usize) -> NodeError {
    let message = format!(
        "no item has the field `{field}`; check its name, how dots in it are read, or let missing fields be skipped"
    );
    NodeError::invalid("missing-field", message).at(format!("/fields/{number}/field"))
}

all!(run);
