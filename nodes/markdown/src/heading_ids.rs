use std::collections::HashMap;

use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

/// Gives headings ids made of their texts; a second heading of the same text gets a number.
pub(crate) fn add(events: &mut [Event<'_>], prefix: &str) {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut open = None;
    for index in 0..events.len() {
        match &events[index] {
            Event::Start(Tag::Heading { id: None, .. }) => open = Some((index, String::new())),
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, title)) = &mut open {
                    title.push_str(text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((start, title)) = open.take() else {
                    continue;
                };
                let slug = format!("{prefix}{}", slug(&title));
                let count = known.entry(slug.clone()).or_default();
                let unique = if *count == 0 {
                    slug
                } else {
                    format!("{slug}-{count}")
                };
                *count += 1;
                if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                    *id = Some(CowStr::from(unique));
                }
            }
            _ => {}
        }
    }
}

/// As common Markdown hosts do: letters, digits, `-` and `_` in lower case, `-` for a space.
fn slug(title: &str) -> String {
    let characters = title.trim().chars();
    let kept = characters.filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        other => other.is_alphanumeric().then_some(other),
    });
    kept.flat_map(char::to_lowercase).collect()
}
