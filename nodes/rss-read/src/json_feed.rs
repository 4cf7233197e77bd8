use monshyflow_sdk::NodeError;
use serde_json::Value;

use crate::entry::{Enclosure, Entry};
use crate::fetch::Feed;

/// JSON Feed, versions 1 and 1.1.
pub(crate) fn entries(feed: &Feed, most: usize) -> Result<Vec<Entry>, NodeError> {
    let document: Value =
        serde_json::from_str(&feed.text).map_err(|error| feed.invalid(&format!("as JSON: {error}")))?;
    let items = document.get("items").and_then(Value::as_array);
    let items = items.ok_or_else(|| feed.invalid("the JSON has no list `items`, as JSON Feed needs it"))?;
    Ok(items.iter().take(most).map(|item| entry(feed, item)).collect())
}

fn entry(feed: &Feed, item: &Value) -> Entry {
    let text = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| item.get(*name));
        values.find_map(text_of).unwrap_or_default()
    };
    let authors = item.get("authors").and_then(|authors| authors.get(0));
    let author = authors.or_else(|| item.get("author"));
    let tags = item.get("tags").and_then(Value::as_array);
    Entry {
        title: text(&["title"]),
        link: feed.link(&text(&["url", "external_url"])),
        pub_date: text(&["date_published", "date_modified"]),
        creator: author
            .and_then(|author| author.get("name"))
            .and_then(text_of)
            .unwrap_or_default(),
        content: text(&["content_html", "content_text"]),
        summary: text(&["summary"]),
        guid: text(&["id"]),
        categories: tags
            .map(|tags| tags.iter().filter_map(text_of).collect())
            .unwrap_or_default(),
        enclosure: enclosure(feed, item),
        ..Entry::default()
    }
    .completed()
}

fn enclosure(feed: &Feed, item: &Value) -> Option<Enclosure> {
    let attachment = item.get("attachments")?.get(0)?;
    let text = |name: &str| attachment.get(name).and_then(text_of).unwrap_or_default();
    Some(Enclosure {
        url: feed.link(attachment.get("url")?.as_str()?),
        media_type: text("mime_type"),
        length: text("size_in_bytes"),
    })
}

/// Ids may be numbers.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
