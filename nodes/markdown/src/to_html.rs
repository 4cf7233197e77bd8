use monshyflow_sdk::NodeError;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, TextMergeStream, html};
use pulldown_cmark_escape::{escape_href, escape_html};

use crate::html_options::{HtmlOptions, RawHtml};
use crate::{auto_links, heading_ids};

pub(crate) fn convert(markdown: &str, options: &HtmlOptions) -> Result<String, NodeError> {
    if !(1..=6).contains(&options.heading_start) {
        let place = "/htmlOptions/headingStart";
        let problem = format!("{} is no level, it goes from 1 to 6", options.heading_start);
        return Err(NodeError::invalid_param(place, problem));
    }
    let parser = TextMergeStream::new(Parser::new_ext(markdown, options.syntax()));
    let mut events: Vec<Event<'_>> = parser.map(|event| changed(event, options)).collect();
    if options.auto_links {
        events = auto_links::add(events);
    }
    if options.heading_ids {
        heading_ids::add(&mut events, &options.heading_id_prefix);
    }
    if options.new_tab {
        events = events.into_iter().map(in_new_tab).collect();
    }
    let mut body = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut body, events.into_iter());
    if !options.complete_document {
        return Ok(body);
    }
    Ok(format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n</head>\n<body>\n{body}</body>\n</html>\n"
    ))
}

fn changed<'a>(event: Event<'a>, options: &HtmlOptions) -> Event<'a> {
    let escapes = options.raw_html == RawHtml::Escape;
    match event {
        Event::Html(html) | Event::InlineHtml(html) if escapes => Event::Text(html),
        Event::SoftBreak if options.simple_line_breaks => Event::HardBreak,
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: lowered(level, options),
            id,
            classes,
            // Attributes such as `onclick` are HTML by another way.
            attrs: if escapes { Vec::new() } else { attrs },
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level, options))),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) if escapes && runs_scripts(&dest_url) => Event::Start(Tag::Link {
            link_type,
            dest_url: CowStr::Borrowed(""),
            title,
            id,
        }),
        other => other,
    }
}

fn lowered(level: HeadingLevel, options: &HtmlOptions) -> HeadingLevel {
    let level = level as usize + usize::from(options.heading_start) - 1;
    HeadingLevel::try_from(level.min(6)).unwrap_or(HeadingLevel::H6)
}

/// Browsers pass over white space and control characters in addresses.
fn runs_scripts(address: &str) -> bool {
    let visible = address
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control());
    let start: String = visible.take(11).flat_map(char::to_lowercase).collect();
    ["javascript:", "vbscript:", "data:"]
        .iter()
        .any(|scheme| start.starts_with(scheme))
}

fn in_new_tab(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link { dest_url, title, .. }) => {
            let mut anchor = "<a href=\"".to_owned();
            // Writing to a text cannot fail.
            let _ = escape_href(&mut anchor, &dest_url);
            if !title.is_empty() {
                anchor.push_str("\" title=\"");
                let _ = escape_html(&mut anchor, &title);
            }
            anchor.push_str("\" target=\"_blank\" rel=\"noopener noreferrer\">");
            Event::InlineHtml(CowStr::from(anchor))
        }
        Event::End(TagEnd::Link) => Event::InlineHtml(CowStr::Borrowed("</a>")),
        other => other,
    }
}
