use monshyflow_sdk::NodeError;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use crate::open_element::OpenElement;
use crate::params::Params;

const MAX_DEPTH: usize = 100;
/// Deeper JSON is refused by the parsers that read it next.
const MAX_JSON_DEPTH: usize = 120;
/// Each is compared with those before.
const MAX_ATTRIBUTES: usize = 1_000;

pub(crate) fn convert(params: &Params, xml: &str) -> Result<Value, NodeError> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<OpenElement> = Vec::new();
    let mut root = None;
    loop {
        let event = reader.read_event();
        let fault = |problem: String, reader: &Reader<&[u8]>| {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
            not_xml(xml, at, &problem)
        };
        let event = event.map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(xml.len());
            not_xml(xml, at, &error.to_string())
        })?;
        match event {
            Event::Start(_) | Event::Empty(_) if root.is_some() && open.is_empty() => {
                return Err(fault(
                    "there is more than one outermost element".to_owned(),
                    &reader,
                ));
            }
            Event::Start(start) => {
                if open.len() == MAX_DEPTH {
                    return Err(too_deep());
                }
                open.push(element(params, &start).map_err(|problem| fault(problem, &reader))?);
            }
            Event::Empty(start) => {
                let element = element(params, &start).map_err(|problem| fault(problem, &reader))?;
                close(params, element, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    close(params, element, &mut open, &mut root);
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            text => add_text(text, open.last_mut()).map_err(|problem| fault(problem, &reader))?,
        }
    }
    match (open.last(), root) {
        (Some(element), _) => {
            let problem = format!("the element `{}` is not closed", element.name);
            Err(not_xml(xml, xml.len(), &problem))
        }
        (None, None) => Err(not_xml(xml, xml.len(), "there is no element")),
        (None, Some(root)) => finished(params, root),
    }
}

fn element(params: &Params, start: &BytesStart<'_>) -> Result<OpenElement, String> {
    let mut element = OpenElement::new(params, start.name().as_ref());
    for (count, attribute) in start.attributes().enumerate() {
        if count == MAX_ATTRIBUTES {
            return Err(format!("an element has more than {MAX_ATTRIBUTES} attributes"));
        }
        let attribute = attribute.map_err(|error: AttrError| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|error| error.to_string())?;
        element.add_attribute(params, attribute.key.as_ref(), value.into_owned());
    }
    Ok(element)
}

fn close(
    params: &Params,
    element: OpenElement,
    open: &mut [OpenElement],
    root: &mut Option<(String, Value)>,
) {
    let (name, value) = element.close(params);
    match open.last_mut() {
        Some(parent) => parent.add(params, name, value),
        None => *root = Some((name, value)),
    }
}

fn add_text(event: Event<'_>, open: Option<&mut OpenElement>) -> Result<(), String> {
    let outside = || "there is text outside of the outermost element".to_owned();
    match event {
        Event::Text(text) => match open {
            Some(element) => element.add_text(&text.xml10_content()),
            None if text.trim_matches('\u{feff}').trim().is_empty() => {}
            None => return Err(outside()),
        },
        Event::CData(text) => open.ok_or_else(outside)?.add_cdata(&text.xml10_content()),
        Event::GeneralRef(reference) => open.ok_or_else(outside)?.add_text(&referred(&reference)?),
        _ => {}
    }
    Ok(())
}

/// Entities that a document defines itself are not expanded: a few lines of them can grow to gigabytes.
fn referred(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let text = match reference.as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        other => {
            let name: String = other.chars().take(100).collect();
            return Err(format!(
                "the entity `&{name};` is not one of XML's own, and others are not expanded"
            ));
        }
    };
    Ok(text.to_owned())
}

fn finished(params: &Params, (name, value): (String, Value)) -> Result<Value, NodeError> {
    let value = if params.reading.keep_root {
        Value::Object(Map::from_iter([(name, value)]))
    } else {
        value
    };
    let destination = params
        .destination
        .as_ref()
        .map_or(1, |path| path.segments().len());
    if depth(&value) + destination > MAX_JSON_DEPTH {
        return Err(too_deep());
    }
    Ok(value)
}

/// Levels of objects and arrays. At most twice as many as elements, so calling itself is harmless.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn too_deep() -> NodeError {
    let message = format!(
        "the XML is nested too deep: {MAX_DEPTH} elements and {MAX_JSON_DEPTH} levels of JSON are allowed"
    );
    NodeError::invalid("xml-too-deep", message)
}

fn not_xml(xml: &str, at: usize, problem: &str) -> NodeError {
    let before = &xml.as_bytes()[..at.min(xml.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    NodeError::invalid(
        "invalid-xml",
        format!("the XML is not well-formed: line {line}: {problem}"),
    )
}
