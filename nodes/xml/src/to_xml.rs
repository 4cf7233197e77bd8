use std::borrow::Cow;

use monshyflow_sdk::{NodeError, Object};
use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::value::RawValue;

use crate::params::{Attributes, Params};

pub(crate) fn convert(params: &Params, json: &str) -> Result<String, NodeError> {
    let mut document = Document {
        params,
        writer: match params.writing.indent {
            0 => Writer::new(Vec::new()),
            indent => Writer::new_with_indent(Vec::new(), b' ', usize::from(indent)),
        },
    };
    if !params.writing.headless {
        document.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    }
    match only_element(params, json) {
        Some((name, json)) => document.element(&name, &json)?,
        None if json.starts_with('[') => {
            let wrapped = format!("{{\"item\":{json}}}");
            document.element(&params.writing.root_name, &wrapped)?;
        }
        None => document.element(&params.writing.root_name, json)?,
    }
    let xml = document.writer.into_inner();
    String::from_utf8(xml).map_err(|error| NodeError::permanent("io", error.to_string()))
}

/// An object with a single element has its root already.
fn only_element(params: &Params, json: &str) -> Option<(String, String)> {
    let object = Object::parse(json).ok()?;
    let mut fields = object.fields();
    let (name, value) = fields.next().filter(|(_, value)| !value.starts_with('['))?;
    let is_element =
        name != params.text_key && attribute_name(params, name).is_none() && !is_group(params, name);
    (is_element && fields.next().is_none()).then(|| (name.to_owned(), value.into_owned()))
}

struct Document<'p> {
    params: &'p Params,
    writer: Writer<Vec<u8>>,
}

impl Document<'_> {
    /// Writes an element, or one for each value of a list. JSON is at most 127 levels deep, so it may call itself.
    fn element(&mut self, name: &str, json: &str) -> Result<(), NodeError> {
        let json = json.trim();
        if json.starts_with('[') {
            let values: Vec<&RawValue> = serde_json::from_str(json).map_err(|error| not_json(&error))?;
            for value in values {
                if value.get().starts_with('[') {
                    let message = format!(
                        "`{name}` is a list of lists, which XML cannot say; make objects of the inner ones"
                    );
                    return Err(NodeError::invalid("list-in-list", message));
                }
                self.element(name, value.get())?;
            }
            return Ok(());
        }
        let mut start = BytesStart::new(checked_name(name)?);
        if !json.starts_with('{') {
            let text = text_of(json);
            return self.with_text(start, &text);
        }
        let object = Object::parse(json).map_err(|error| not_json(&error))?;
        self.add_attributes(&mut start, &object)?;
        let is_child =
            |name: &str| attribute_name(self.params, name).is_none() && !is_group(self.params, name);
        let children: Vec<_> = object.fields().filter(|(name, _)| is_child(name)).collect();
        if let [(only, text)] = children.as_slice()
            && *only == self.params.text_key
        {
            return self.with_text(start, &text_of(text));
        }
        if children.is_empty() {
            return self.write(Event::Empty(start));
        }
        let end = BytesEnd::new(name);
        self.write(Event::Start(start))?;
        for (name, json) in children {
            if name == self.params.text_key {
                self.text(&text_of(&json))?;
            } else {
                self.element(name, &json)?;
            }
        }
        self.write(Event::End(end))
    }

    fn add_attributes(&self, start: &mut BytesStart<'_>, object: &Object<'_>) -> Result<(), NodeError> {
        for (name, json) in object.fields() {
            if let Some(name) = attribute_name(self.params, name) {
                let value = text_of(&json);
                start.push_attribute((checked_name(name)?, checked_text(&value)?));
            } else if is_group(self.params, name) {
                let group = Object::parse(&json).map_err(|_| {
                    let message = format!("the field `{name}` holds attributes, so it must be an object");
                    NodeError::invalid("invalid-attributes", message).at("/attributeKey")
                })?;
                for (name, json) in group.fields() {
                    let value = text_of(&json);
                    start.push_attribute((checked_name(name)?, checked_text(&value)?));
                }
            }
        }
        Ok(())
    }

    fn with_text(&mut self, start: BytesStart<'_>, text: &str) -> Result<(), NodeError> {
        if text.is_empty() {
            return self.write(Event::Empty(start));
        }
        let end = start.to_end().into_owned();
        self.write(Event::Start(start))?;
        self.text(text)?;
        self.write(Event::End(end))
    }

    fn text(&mut self, text: &str) -> Result<(), NodeError> {
        let text = checked_text(text)?;
        if !self.params.writing.cdata || !text.contains(['<', '>', '&']) {
            return self.write(Event::Text(BytesText::new(text)));
        }
        for piece in BytesCData::escaped(text) {
            self.write(Event::CData(piece))?;
        }
        Ok(())
    }

    fn write(&mut self, event: Event<'_>) -> Result<(), NodeError> {
        Ok(self.writer.write_event(event)?)
    }
}

fn attribute_name<'n>(params: &Params, name: &'n str) -> Option<&'n str> {
    if params.attributes != Attributes::Prefix || params.attribute_prefix.is_empty() {
        return None;
    }
    name.strip_prefix(&params.attribute_prefix)
}

fn is_group(params: &Params, name: &str) -> bool {
    params.attributes == Attributes::Group && name == params.attribute_key
}

/// Characters of a text, nothing for null, JSON of anything else.
fn text_of(json: &str) -> Cow<'_, str> {
    if json == "null" {
        return Cow::Borrowed("");
    }
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned)
}

/// Names as XML 1.0 (section 2.3) allows them, without the rarer ranges of symbols.
fn checked_name(name: &str) -> Result<&str, NodeError> {
    let starts = |character: char| character.is_alphabetic() || "_:".contains(character);
    let follows =
        |character: char| starts(character) || character.is_alphanumeric() || "-.·".contains(character);
    if name.starts_with(starts) && name.chars().all(follows) {
        return Ok(name);
    }
    let message =
        format!("the field `{name}` cannot be the name of an element or attribute in XML; rename it before");
    Err(NodeError::invalid("invalid-name", message))
}

/// Control characters have no place in XML 1.0, however written (section 2.2).
fn checked_text(text: &str) -> Result<&str, NodeError> {
    let is_wrong = |character: &char| matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    let Some(wrong) = text.chars().find(is_wrong) else {
        return Ok(text);
    };
    let message = format!(
        "a text contains the character U+{:04X}, which XML cannot say; remove it before",
        u32::from(wrong)
    );
    Err(NodeError::invalid("invalid-character", message))
}

fn not_json(error: &serde_json::Error) -> NodeError {
    NodeError::invalid("invalid-item", format!("the JSON cannot be read: {error}"))
}
