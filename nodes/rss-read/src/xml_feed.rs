use monshyflow_sdk::NodeError;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use crate::element::Element;
use crate::entry::{Enclosure, Entry};
use crate::fetch::Feed;
use crate::{Params, snippet};

const MAX_DEPTH: usize = 200;

/// The fields of an item.
const STANDARD: [&str; 11] = [
    "title",
    "link",
    "pubDate",
    "isoDate",
    "creator",
    "content",
    "contentSnippet",
    "summary",
    "guid",
    "categories",
    "enclosure",
];

pub(crate) fn entries(params: &Params, feed: &Feed, most: usize) -> Result<Vec<Entry>, NodeError> {
    let mut reader = Reader::from_str(&feed.text);
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    let mut entries = Vec::new();
    while entries.len() < most {
        let before = usize::try_from(reader.buffer_position()).unwrap_or_default();
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or_default();
            let lines = feed.text.as_bytes()[..at.min(feed.text.len())].iter();
            let line = lines.filter(|byte| **byte == b'\n').count() + 1;
            feed.invalid(&format!("line {line}: {error}"))
        })?;
        if matches!(event, Event::Eof) {
            break;
        }
        let after = usize::try_from(reader.buffer_position()).unwrap_or_default();
        walk.event(event, before, after)
            .map_err(|problem| feed.invalid(&problem))?;
        if let Some(elements) = walk.finished.take() {
            entries.push(entry(params, feed, &elements).completed());
        }
    }
    if walk.is_feed {
        Ok(entries)
    } else {
        Err(feed.invalid("it is neither RSS nor Atom nor JSON Feed"))
    }
}

/// Where in the document the reader is.
#[derive(Default)]
struct Walk {
    /// Names of the open elements.
    open: Vec<String>,
    is_feed: bool,
    /// How many elements are open outside of the entry, while inside of one.
    entry_at: Option<usize>,
    elements: Vec<Element>,
    finished: Option<Vec<Element>>,
}

impl Walk {
    /// The event lies in the document from `before` to `after`.
    fn event(&mut self, event: Event<'_>, before: usize, after: usize) -> Result<(), String> {
        match event {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if self.open.len() == MAX_DEPTH {
                    return Err(format!("it is nested deeper than {MAX_DEPTH} elements"));
                }
                if self.open.is_empty() {
                    self.is_feed = matches!(local(&name), "rss" | "RDF" | "feed");
                }
                match self.entry_at {
                    Some(at) if self.open.len() == at + 1 => {
                        let mut element = Element::new(&start)?;
                        element.inside = after..after;
                        self.elements.push(element);
                    }
                    Some(at) if self.open.len() == at + 2 => {
                        if let Some(element) = self.elements.last_mut() {
                            element.parts.push((name.clone(), String::new()));
                        }
                    }
                    None if self.is_feed && matches!(local(&name), "item" | "entry") => {
                        self.entry_at = Some(self.open.len());
                    }
                    _ => {}
                }
                self.open.push(name);
            }
            Event::End(_) => {
                self.open.pop();
                match self.entry_at {
                    Some(at) if self.open.len() == at => {
                        self.entry_at = None;
                        self.finished = Some(std::mem::take(&mut self.elements));
                    }
                    Some(at) if self.open.len() == at + 1 => {
                        if let Some(element) = self.elements.last_mut() {
                            element.inside.end = before.max(element.inside.start);
                        }
                    }
                    _ => {}
                }
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                // Feeds use HTML's entities without defining them; what is not known stays as it is.
                let name: &str = &reference;
                self.text(&snippet::meaning(name).unwrap_or_else(|| format!("&{name};")));
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let inside = self.entry_at.is_some_and(|at| self.open.len() > at + 1);
        let Some(element) = self.elements.last_mut().filter(|_| inside) else {
            return;
        };
        element.text.push_str(text);
        let is_part = self.entry_at.is_some_and(|at| self.open.len() == at + 3);
        if let Some((_, part)) = element.parts.last_mut().filter(|_| is_part) {
            part.push_str(text);
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn entry(params: &Params, feed: &Feed, elements: &[Element]) -> Entry {
    let text = |names: &[&str]| {
        let mut texts = names.iter().filter_map(|name| {
            let mut named = elements.iter().filter(|element| element.name == *name);
            named.find_map(|element| Some(content(feed, element)).filter(|text| !text.is_empty()))
        });
        texts.next().unwrap_or_default()
    };
    let author = elements.iter().find(|element| element.name == "author");
    let creator = text(&["dc:creator"]);
    let creator = if creator.is_empty() {
        let name = author.and_then(|author| author.part("name")).map(str::to_owned);
        name.unwrap_or_else(|| text(&["author", "itunes:author"]))
    } else {
        creator
    };
    Entry {
        title: text(&["title"]),
        link: feed.link(&link(elements)),
        pub_date: text(&["pubDate", "published", "dc:date", "updated", "dcterms:created"]),
        creator,
        content: text(&["content:encoded", "content"]),
        summary: text(&["description", "summary", "itunes:summary"]),
        guid: text(&["guid", "id"]),
        categories: categories(elements),
        enclosure: enclosure(feed, elements),
        custom: custom(&params.custom_fields, elements),
        ..Entry::default()
    }
}

/// XHTML in Atom is markup of the feed itself; everything else is text.
fn content(feed: &Feed, element: &Element) -> String {
    if element.attribute("type") == Some("xhtml") {
        return feed
            .text
            .get(element.inside.clone())
            .unwrap_or_default()
            .trim()
            .to_owned();
    }
    element.text.trim().to_owned()
}

fn link(elements: &[Element]) -> String {
    let links = || {
        elements
            .iter()
            .filter(|element| element.name == "link" || element.name == "atom:link")
    };
    let text = links().map(|link| link.text.trim()).find(|text| !text.is_empty());
    let is_alternate = |link: &&Element| matches!(link.attribute("rel"), None | Some("alternate"));
    let alternate = links()
        .filter(is_alternate)
        .find_map(|link| link.attribute("href"));
    let permanent = || {
        let guid = elements.iter().find(|element| element.name == "guid")?;
        let text = guid.text.trim();
        let is_link = guid.attribute("isPermaLink") != Some("false") && text.starts_with("http");
        is_link.then_some(text)
    };
    let any = || links().find_map(|link| link.attribute("href"));
    text.or(alternate)
        .or_else(permanent)
        .or_else(any)
        .unwrap_or_default()
        .to_owned()
}

fn categories(elements: &[Element]) -> Vec<String> {
    let named = elements
        .iter()
        .filter(|element| matches!(element.name.as_str(), "category" | "dc:subject"));
    let texts = named.map(|element| element.attribute("term").unwrap_or(&element.text).trim());
    texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

fn enclosure(feed: &Feed, elements: &[Element]) -> Option<Enclosure> {
    let found = elements.iter().find_map(|element| {
        let url = match element.name.as_str() {
            "enclosure" => element.attribute("url"),
            "link" if element.attribute("rel") == Some("enclosure") => element.attribute("href"),
            _ => None,
        };
        Some((element, url?))
    });
    let (element, url) = found?;
    let attribute = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    Some(Enclosure {
        url: feed.link(url),
        media_type: attribute("type"),
        length: attribute("length"),
    })
}

/// The text of the elements that were asked for, or their attributes if there is no text.
fn custom(names: &[String], elements: &[Element]) -> Map<String, Value> {
    let value = |element: &Element| {
        let text = element.text.trim();
        if text.is_empty() && !element.attributes.is_empty() {
            let attributes = element.attributes.iter();
            attributes
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect()
        } else {
            Value::from(text)
        }
    };
    let mut fields = Map::new();
    // Those that an item has anyway are no custom ones.
    for name in names.iter().filter(|name| !STANDARD.contains(&name.as_str())) {
        let mut values: Vec<Value> = elements
            .iter()
            .filter(|element| element.name == *name)
            .map(value)
            .collect();
        match values.len() {
            0 => {}
            1 => drop(fields.insert(name.clone(), values.remove(0))),
            _ => drop(fields.insert(name.clone(), Value::Array(values))),
        }
    }
    fields
}
