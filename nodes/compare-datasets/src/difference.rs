use monshyflow_sdk::{NewItem, NodeError, Object};

use crate::dataset::{Record, comparable};
use crate::params::{Params, Plan, Resolve, Side};

/// Two items that belong together.
pub(crate) struct Pair<'a> {
    pub(crate) a: &'a Record<'a>,
    pub(crate) b: &'a Record<'a>,
}

impl Pair<'_> {
    pub(crate) fn is_same(&self, params: &Params, plan: &Plan) -> bool {
        let (a, b) = self.compared(plan);
        names(&a, &b).iter().all(|name| same_field(params, &a, &b, name))
    }

    /// What leaves if they differ.
    pub(crate) fn resolved(&self, params: &Params, plan: &Plan) -> Result<NewItem, NodeError> {
        let sources = [self.a.item.reference(), self.b.item.reference()];
        match params.resolve {
            Resolve::A => Ok(self.a.item.into()),
            Resolve::B => Ok(self.b.item.into()),
            Resolve::Mix => {
                let (preferred, other) = match params.prefer {
                    Side::A => (self.a, self.b),
                    Side::B => (self.b, self.a),
                };
                let mut object = preferred.object.clone();
                for (position, path) in plan.except.iter().enumerate() {
                    match other.object.get(path) {
                        Some(json) => object.set(path, json).map_err(|error| {
                            NodeError::invalid_param(format!("/except/{position}"), error)
                        })?,
                        None => {
                            object.remove(path);
                        }
                    }
                }
                let mixed = NewItem::text(object.to_text()).from_all(sources);
                Ok(preferred
                    .item
                    .attachments()
                    .iter()
                    .cloned()
                    .fold(mixed, NewItem::with))
            }
            Resolve::Both => Ok(NewItem::text(self.both(params, plan)?).from_all(sources)),
        }
    }

    /// What is the same, and both values of what differs or was not compared.
    fn both(&self, params: &Params, plan: &Plan) -> Result<String, NodeError> {
        let mut keys = Object::default();
        for (position, path) in plan.keys_a.iter().enumerate() {
            if let Some(json) = self.a.object.get(path) {
                keys.set(path, json)
                    .map_err(|error| NodeError::invalid_param(format!("/matchFields/{position}/a"), error))?;
            }
        }
        let (a, b) = self.compared(plan);
        let (mut same, mut different, mut skipped) =
            (Object::default(), Object::default(), Object::default());
        for name in names(&a, &b) {
            if same_field(params, &a, &b, name) {
                let json = a
                    .get_field(name)
                    .or_else(|| b.get_field(name))
                    .unwrap_or_default();
                same.set_field(name, json.into_owned());
            } else {
                different.set_field(name, values(a.get_field(name), b.get_field(name)));
            }
        }
        for path in &plan.skip {
            let (a, b) = (self.a.object.get(path), self.b.object.get(path));
            if a.is_some() || b.is_some() {
                skipped.set_field(&path.to_string(), values(a, b));
            }
        }
        let mut both = Object::default();
        for (name, part) in [
            ("keys", keys),
            ("same", same),
            ("different", different),
            ("skipped", skipped),
        ] {
            both.set_field(name, part.to_text());
        }
        Ok(both.to_text())
    }

    /// Both objects without the fields that match anyhow or may differ.
    fn compared(&self, plan: &Plan) -> (Object<'_>, Object<'_>) {
        let (mut a, mut b) = (self.a.object.clone(), self.b.object.clone());
        for path in plan.keys_a.iter().chain(&plan.skip) {
            a.remove(path);
        }
        for path in plan.keys_b.iter().chain(&plan.skip) {
            b.remove(path);
        }
        (a, b)
    }
}

/// Names of the fields of both, in order.
fn names<'a>(a: &'a Object<'_>, b: &'a Object<'_>) -> Vec<&'a str> {
    let more = b.keys().filter(|name| a.get_field(name).is_none());
    a.keys().chain(more).collect()
}

fn same_field(params: &Params, a: &Object<'_>, b: &Object<'_>, name: &str) -> bool {
    match (a.get_field(name), b.get_field(name)) {
        (Some(a), Some(b)) => a == b || comparable(params, &a) == comparable(params, &b),
        (Some(only), None) | (None, Some(only)) => params.fuzzy && comparable(params, &only) == "null",
        (None, None) => true,
    }
}

/// An object with the values of both inputs, as far as there are any.
fn values(a: Option<impl AsRef<str>>, b: Option<impl AsRef<str>>) -> String {
    let mut object = Object::default();
    if let Some(a) = a {
        object.set_field("inputA", a.as_ref().to_owned());
    }
    if let Some(b) = b {
        object.set_field("inputB", b.as_ref().to_owned());
    }
    object.to_text()
}
