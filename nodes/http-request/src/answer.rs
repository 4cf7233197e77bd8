use monshyflow_sdk::http::Response;
use monshyflow_sdk::{NewItem, NodeError, Object, RawJson};
use serde_json::{Map, Value};

use crate::format::{self, Content};
use crate::{Params, status};

/// A response, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) content: Content,
}

/// # Errors
///
/// If the status is an error, or the body cannot be read.
pub(crate) fn read(params: &Params, response: &mut Response) -> Result<Answer, NodeError> {
    status::check(&params.errors, response)?;
    let content = format::read(params, response)?;
    Ok(Answer {
        status: response.status(),
        headers: response.headers().to_vec(),
        content,
    })
}

impl Answer {
    pub(crate) fn add_items(self, params: &Params, items: &mut Vec<NewItem>) -> Result<(), NodeError> {
        if params.response.full {
            items.push(self.full()?);
            return Ok(());
        }
        match self.content {
            Content::Empty => items.push(NewItem::text("{}".to_owned())),
            Content::Text(text) => {
                items.push(NewItem::text(in_field(params, &Value::from(text).to_string())));
            }
            Content::Binary(attachment) => items.push(NewItem::text("{}".to_owned()).with(attachment)),
            Content::Json(json) => match elements(params, &json)? {
                Some(elements) => items.extend(
                    elements
                        .iter()
                        .map(|element| NewItem::text(object_of(params, element.text()))),
                ),
                None => items.push(NewItem::text(object_of(params, json.text()))),
            },
        }
        Ok(())
    }

    /// How many elements the list of items has; none if there is no list.
    pub(crate) fn count(&self, params: &Params) -> Result<Option<usize>, NodeError> {
        match &self.content {
            Content::Json(json) => Ok(list(params, json)?.map(|elements| elements.len())),
            Content::Empty => Ok(Some(0)),
            Content::Text(_) | Content::Binary(_) => Ok(None),
        }
    }

    fn full(self) -> Result<NewItem, NodeError> {
        let mut object = Object::default();
        object.set_field("status", self.status.to_string());
        object.set_field("headers", headers(&self.headers).to_string());
        object.set_field("body", self.content.json_text());
        let item = NewItem::text(object.to_text());
        Ok(match self.content {
            Content::Binary(attachment) => item.with(attachment),
            _ => item,
        })
    }
}

/// The elements that become items of their own; none if nothing is to be split.
fn elements(params: &Params, json: &RawJson) -> Result<Option<Vec<RawJson>>, NodeError> {
    if !params.split_lists {
        return Ok(None);
    }
    let elements = list(params, json)?;
    match (&params.items_path, elements) {
        (Some(path), None) => {
            let message = format!(
                "the response has no list at `{path}`; look at it with \"Split lists into items\" off"
            );
            Err(NodeError::permanent("http-body", message).at("/itemsPath"))
        }
        (_, elements) => Ok(elements),
    }
}

/// The list of items, if there is one.
fn list(params: &Params, json: &RawJson) -> Result<Option<Vec<RawJson>>, NodeError> {
    let Some(path) = &params.items_path else {
        return Ok(json.to().ok());
    };
    let Ok(object) = Object::parse(json.text()) else {
        return Ok(None);
    };
    Ok(object.get(path).and_then(|list| serde_json::from_str(&list).ok()))
}

/// An item's JSON is an object: what is none stands in a field.
fn object_of(params: &Params, json: &str) -> String {
    if json.starts_with('{') {
        json.to_owned()
    } else {
        in_field(params, json)
    }
}

fn in_field(params: &Params, json: &str) -> String {
    let mut object = Object::default();
    object.set_field(&params.response.field, json.to_owned());
    object.to_text()
}

/// A header that came several times is joined (RFC 9110, section 5.3); cookies are a list, since they cannot be.
fn headers(headers: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in headers {
        match object.get_mut(name) {
            None if name == "set-cookie" => {
                object.insert(name.clone(), Value::from(vec![value.as_str()]));
            }
            None => {
                object.insert(name.clone(), Value::from(value.as_str()));
            }
            Some(Value::Array(values)) => values.push(Value::from(value.as_str())),
            Some(known) => *known = Value::from(format!("{}, {value}", known.as_str().unwrap_or_default())),
        }
    }
    Value::Object(object)
}
