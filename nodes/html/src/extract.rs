use monshyflow_sdk::{Item, NewItem, NodeError, Object, Output};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use crate::params::{Extraction, Params, Returns};
use crate::{page_text, selector, source};

/// An extraction with its selectors read.
struct Wanted<'p> {
    extraction: &'p Extraction,
    selector: Selector,
    skip: Option<Selector>,
}

pub(crate) fn run(params: &Params, item: &Item) -> Result<Output, NodeError> {
    let wanted = wanted(params)?;
    let documents = source::documents(params, item)?;
    let items = documents.iter().map(|html| {
        let document = Html::parse_document(html);
        let mut object = if params.keep_fields {
            item.object()?
        } else {
            Object::default()
        };
        for (position, wanted) in wanted.iter().enumerate() {
            let value = wanted.value(params, &document).to_string();
            object
                .set(&wanted.extraction.name, value)
                .map_err(|error| NodeError::invalid_param(format!("/values/{position}/name"), error))?;
        }
        Ok(if params.keep_fields {
            item.replaced(object.to_text())
        } else {
            NewItem::text(object.to_text())
        })
    });
    Ok(Output::many(items.collect::<Result<Vec<_>, NodeError>>()?))
}

fn wanted(params: &Params) -> Result<Vec<Wanted<'_>>, NodeError> {
    if params.values.is_empty() {
        let problem = "nothing to extract; name at least one value";
        return Err(NodeError::invalid_param("/values", problem));
    }
    let values = params.values.iter().enumerate();
    values
        .map(|(position, extraction)| {
            let place = |field: &str| format!("/values/{position}/{field}");
            if extraction.returns == Returns::Attribute && extraction.attribute.is_empty() {
                let place = place("attribute");
                let problem = "name the attribute, such as `href`";
                return Err(NodeError::invalid_param(place, problem));
            }
            let skip = Some(extraction.skip.trim()).filter(|skip| !skip.is_empty());
            Ok(Wanted {
                extraction,
                selector: selector::parse(&extraction.selector, &place("selector"))?,
                skip: skip
                    .map(|skip| selector::parse(skip, &place("skip")))
                    .transpose()?,
            })
        })
        .collect()
}

impl Wanted<'_> {
    fn value(&self, params: &Params, document: &Html) -> Value {
        let mut elements = document.select(&self.selector);
        if self.extraction.list {
            elements.map(|element| self.value_of(params, element)).collect()
        } else {
            let first = elements.next();
            first.map_or(Value::Null, |element| self.value_of(params, element))
        }
    }

    fn value_of(&self, params: &Params, element: ElementRef<'_>) -> Value {
        let text = match self.extraction.returns {
            Returns::Text => Some(page_text::of(element, self.skip.as_ref())),
            Returns::Html => Some(element.inner_html()),
            Returns::Attribute => element.attr(&self.extraction.attribute).map(str::to_owned),
            Returns::Value => form_value(element),
        };
        text.map_or(Value::Null, |text| Value::from(tidied(params, text)))
    }
}

/// What a browser would send for a field of a form (HTML standard, section 4.10).
fn form_value(element: ElementRef<'_>) -> Option<String> {
    match element.value().name() {
        "textarea" => Some(element.text().collect()),
        "option" => Some(option_value(element)),
        "select" => {
            let inside = element.descendent_elements();
            let options: Vec<_> = inside
                .filter(|element| element.value().name() == "option")
                .collect();
            let selected = options.iter().find(|option| option.attr("selected").is_some());
            selected.or(options.first()).copied().map(option_value)
        }
        _ => element.attr("value").map(str::to_owned),
    }
}

fn option_value(option: ElementRef<'_>) -> String {
    let text = || page_text::of(option, None).trim().to_owned();
    option.attr("value").map_or_else(text, str::to_owned)
}

fn tidied(params: &Params, text: String) -> String {
    let text = if params.clean_up { collapsed(&text) } else { text };
    if params.trim { text.trim().to_owned() } else { text }
}

fn collapsed(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_whitespace() {
            clean.push(character);
        } else if !clean.ends_with(' ') {
            clean.push(' ');
        }
    }
    clean
}
