//! Sets, renames and removes fields.

mod params;

use std::borrow::Cow;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Path, each};

pub use params::Params;
use params::{Keep, Mode, Plan};

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    let plan = params.plan()?;
    if plan.changes_nothing {
        return Ok(item.into());
    }
    let mut object = kept(params, plan, &item)?;
    for (position, (from, to)) in plan.rename.iter().enumerate() {
        object
            .rename(from, to)
            .map_err(|error| NodeError::invalid_param(format!("/rename/{position}/to"), error))?;
    }
    for path in &plan.remove {
        object.remove(path);
    }
    match params.mode {
        Mode::Fields => set_fields(params, plan, &mut object)?,
        Mode::Json => set_json(params, &mut object)?,
    }
    let changed = item.replaced(object.to_text());
    Ok(if params.keep_attachments {
        changed
    } else {
        changed.without_attachments()
    })
}

/// What is left of the item before anything is set.
fn kept<'a>(params: &Params, plan: &Plan, item: &'a Item) -> Result<Object<'a>, NodeError> {
    if params.keep == Keep::None {
        return Ok(Object::default());
    }
    let mut object = item.object()?;
    match params.keep {
        Keep::Selected if plan.selected_fields.is_some() => {
            let names = plan.selected_fields.as_deref().unwrap_or_default();
            object.retain(|name| names.iter().any(|selected| selected == name));
        }
        Keep::Selected => {
            let mut selected = Object::default();
            for (position, path) in plan.selected.iter().enumerate() {
                if let Some(json) = object.get(path) {
                    let json = Cow::Owned(json.into_owned());
                    let place = || format!("/selected/{position}");
                    selected
                        .set(path, json)
                        .map_err(|error| NodeError::invalid_param(place(), error))?;
                }
            }
            return Ok(selected);
        }
        Keep::Except => plan.selected.iter().for_each(|path| {
            object.remove(path);
        }),
        Keep::All | Keep::None => {}
    }
    Ok(object)
}

fn set_fields<'a>(params: &'a Params, plan: &Plan, object: &mut Object<'a>) -> Result<(), NodeError> {
    for (position, (field, path)) in params.fields.iter().zip(&plan.fields).enumerate() {
        let json = match field.kind.convert(field.value.text()) {
            Ok(json) => json,
            Err(_) if params.ignore_conversion_errors => Cow::Borrowed(field.value.text()),
            Err(problem) => {
                let message = format!(
                    "field `{}`: {problem}; choose another type, or ignore conversion errors",
                    field.name
                );
                return Err(NodeError::invalid("conversion", message).at(format!("/fields/{position}/value")));
            }
        };
        object
            .set(path, json)
            .map_err(|error| NodeError::invalid_param(format!("/fields/{position}/name"), error))?;
    }
    Ok(())
}

fn set_json<'a>(params: &'a Params, object: &mut Object<'a>) -> Result<(), NodeError> {
    let invalid = |problem: String| NodeError::invalid("invalid-params", problem).at("/json");
    // A text is JSON in which an expression was joined with other text.
    let text = params
        .json
        .as_string()
        .unwrap_or_else(|| params.json.text().to_owned());
    let source = Object::parse(&text)
        .map_err(|error| invalid(format!("parameter /json is not a JSON object: {error}")))?;
    for name in source.keys() {
        if let Some(json) = source.get_field(name) {
            object.set_field(name, json.into_owned());
        }
    }
    Ok(())
}

impl Params {
    fn paths<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        place: impl Fn(usize) -> String,
    ) -> Result<Vec<Path>, NodeError> {
        let paths = names.enumerate().map(|(position, name)| {
            Path::new(name, self.dot_notation)
                .map_err(|error| NodeError::invalid_param(place(position), error))
        });
        paths.collect()
    }
}

each!(run);
