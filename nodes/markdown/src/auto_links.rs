use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

/// Makes links of addresses in texts, but not inside of links, images and code.
pub(crate) fn add<'a>(events: Vec<Event<'a>>) -> Vec<Event<'a>> {
    let mut inside = 0_usize;
    let mut linked = Vec::with_capacity(events.len());
    for event in events {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => inside = inside.saturating_sub(1),
            Event::Text(text) if inside == 0 => {
                split(text, &mut linked);
                continue;
            }
            _ => {}
        }
        linked.push(event);
    }
    linked
}

fn split<'a>(text: &str, events: &mut Vec<Event<'a>>) {
    let push = |text: &str, events: &mut Vec<Event<'a>>| {
        if !text.is_empty() {
            events.push(Event::Text(CowStr::from(text.to_owned())));
        }
    };
    let mut rest = text;
    while let Some((before, address)) = next(rest) {
        push(before, events);
        let full = if address.starts_with("www.") {
            format!("http://{address}")
        } else {
            address.to_owned()
        };
        events.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: CowStr::from(full),
            title: CowStr::Borrowed(""),
            id: CowStr::Borrowed(""),
        }));
        push(address, events);
        events.push(Event::End(TagEnd::Link));
        rest = &rest[before.len() + address.len()..];
    }
    push(rest, events);
}

/// The first address in `text`, and what stands before it.
fn next(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    loop {
        let starts = ["https://", "http://", "www."].iter();
        let start = starts
            .filter_map(|start| text[from..].find(start).map(|at| (from + at, start.len())))
            .min();
        let (start, scheme) = start?;
        let at_word = text[..start]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric());
        let address = end_trimmed(&text[start..]);
        if at_word && address.len() > scheme {
            return Some((&text[..start], address));
        }
        from = start + scheme;
    }
}

/// The address at the start of `text`. Punctuation that ends a sentence is no part of it (GitHub Flavored Markdown, 6.9).
fn end_trimmed(text: &str) -> &str {
    let end = text.find(|character: char| character.is_whitespace() || "<>\"`".contains(character));
    let mut address = &text[..end.unwrap_or(text.len())];
    let mut open = address.matches('(').count();
    let mut closed = address.matches(')').count();
    loop {
        let shorter = address.trim_end_matches(['?', '!', '.', ',', ':', ';', '*', '_', '~', '\'']);
        let unbalanced = shorter.ends_with(')') && closed > open;
        if shorter.len() == address.len() && !unbalanced {
            return address;
        }
        address = if unbalanced {
            closed -= 1;
            &shorter[..shorter.len() - 1]
        } else {
            shorter
        };
        open = open.min(address.len());
    }
}
