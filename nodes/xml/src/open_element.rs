use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::params::{Attributes, Params, Reading};

/// An element whose end has not come yet.
#[derive(Debug)]
pub(crate) struct OpenElement {
    pub(crate) name: String,
    fields: Map<String, Value>,
    text: String,
    /// White space in CDATA is meant.
    has_cdata: bool,
}

impl OpenElement {
    pub(crate) fn new(params: &Params, name: &str) -> Self {
        let name = local(&params.reading, name);
        Self {
            name: if params.reading.normalize_names {
                name.to_lowercase()
            } else {
                name.to_owned()
            },
            fields: Map::new(),
            text: String::new(),
            has_cdata: false,
        }
    }

    pub(crate) fn add_attribute(&mut self, params: &Params, name: &str, value: String) {
        let is_namespace = name == "xmlns" || name.starts_with("xmlns:");
        if is_namespace && params.reading.remove_namespaces {
            return;
        }
        let name = local(&params.reading, name);
        match params.attributes {
            Attributes::Ignore => {}
            Attributes::Merge => self.add(params, name.to_owned(), Value::from(value)),
            Attributes::Prefix => {
                let name = format!("{}{name}", params.attribute_prefix);
                self.fields.insert(name, Value::from(value));
            }
            Attributes::Group => {
                let group = self.fields.entry(params.attribute_key.clone());
                if let Value::Object(group) = group.or_insert_with(|| Value::Object(Map::new())) {
                    group.insert(name.to_owned(), Value::from(value));
                }
            }
        }
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn add_cdata(&mut self, text: &str) {
        self.text.push_str(text);
        self.has_cdata = true;
    }

    /// A second one of the same name makes a list of both.
    pub(crate) fn add(&mut self, params: &Params, name: String, value: Value) {
        let lists = params.reading.always_lists || params.reading.list_elements.contains(&name);
        match self.fields.entry(name) {
            Entry::Vacant(entry) if lists => {
                entry.insert(Value::Array(vec![value]));
            }
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Value::Array(values) => values.push(value),
                single => *single = Value::Array(vec![single.take(), value]),
            },
        }
    }

    /// An element with text alone is that text.
    pub(crate) fn close(mut self, params: &Params) -> (String, Value) {
        let is_blank = !self.has_cdata && self.text.trim().is_empty();
        let text = if is_blank {
            String::new()
        } else {
            tidied(&params.reading, self.text)
        };
        if self.fields.is_empty() {
            return (self.name, Value::from(text));
        }
        if !text.is_empty() {
            self.fields.insert(params.text_key.clone(), Value::from(text));
        }
        (self.name, Value::Object(self.fields))
    }
}

/// The name without the prefix of its namespace, where that is to go.
fn local<'n>(reading: &Reading, name: &'n str) -> &'n str {
    match name.rsplit_once(':') {
        Some((_, local)) if reading.remove_namespaces => local,
        _ => name,
    }
}

fn tidied(reading: &Reading, text: String) -> String {
    if reading.normalize {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if reading.trim {
        text.trim().to_owned()
    } else {
        text
    }
}
