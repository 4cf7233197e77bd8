use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

/// An element directly inside of an entry.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// With the prefix of its namespace.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Of the element and of those inside.
    pub(crate) text: String,
    /// Texts of the elements inside, such as an author's `name`.
    pub(crate) parts: Vec<(String, String)>,
    /// Where in the document its inside is.
    pub(crate) inside: Range<usize>,
}

/// More on one element is an attack: each is compared with those before.
const MAX_ATTRIBUTES: usize = 100;

impl Element {
    pub(crate) fn new(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut element = Self {
            name: start.name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes().with_checks(false).take(MAX_ATTRIBUTES) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            // Feeds forget to escape `&` in addresses.
            let value = value.map_or_else(
                |_| attribute.value.clone().into_owned(),
                |value| value.into_owned(),
            );
            element
                .attributes
                .push((attribute.key.as_ref().to_owned(), value));
        }
        Ok(element)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn part(&self, name: &str) -> Option<&str> {
        let found = self.parts.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }
}
