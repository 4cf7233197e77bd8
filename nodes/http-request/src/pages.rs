use monshyflow_sdk::http::{Response, Url};
use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Path, RawJson, pause, progress};

use crate::Params;
use crate::answer::{self, Answer};
use crate::build::{self, Page};
use crate::format::Content;
use crate::pagination::{Mode, NextIn};

/// Nobody pages further without saying so.
const MOST_PAGES: u32 = 1000;

/// Reads `response` and all pages behind it.
pub(crate) fn follow(
    params: &Params,
    item: &Item,
    mut response: Response,
    context: &Context,
    items: &mut Vec<NewItem>,
) -> Result<(), NodeError> {
    let pagination = &params.pagination;
    check(params)?;
    let mut page = Page::default();
    let mut value = pagination.start;
    loop {
        if pagination
            .stop
            .on_status
            .iter()
            .any(|statuses| statuses.contains(response.status()))
        {
            return Ok(());
        }
        let answer = answer::read(params, &mut response)?;
        let count = answer.count(params)?;
        if pagination.stop.when_empty && count == Some(0) {
            return Ok(());
        }
        let told_to_stop = pagination
            .stop
            .when_false
            .as_ref()
            .is_some_and(|path| !is_true(&answer, path));
        let step = if pagination.step == 0 {
            count.unwrap_or(0) as i64
        } else {
            pagination.step
        };
        value = value.saturating_add(step);
        let next = if told_to_stop {
            None
        } else {
            next(params, &response, &answer, &page, value)?
        };
        answer.add_items(params, items)?;
        let Some(next) = next else { return Ok(()) };
        if pagination.max_pages == Some(next.number) {
            return Ok(());
        }
        if next.number == MOST_PAGES {
            let message = format!(
                "there are more than {MOST_PAGES} pages; set \"Pages at most\", or check when to stop"
            );
            return Err(NodeError::permanent("pagination-limit", message).at("/pagination"));
        }
        if pagination.interval_ms > 0 {
            pause(pagination.interval_ms);
        }
        progress::report(None, &format!("page {}", next.number + 1));
        response = build::page(params, item, context, &next)?.send()?;
        page = next;
    }
}

/// What the mode needs and the parameters lack.
fn check(params: &Params) -> Result<(), NodeError> {
    let pagination = &params.pagination;
    let missing = match pagination.mode {
        Mode::Parameter | Mode::Cursor if pagination.name.is_empty() => "name",
        Mode::Cursor if pagination.path.is_none() => "path",
        Mode::NextUrl if pagination.next_in == NextIn::Body && pagination.path.is_none() => "path",
        Mode::NextUrl if pagination.next_in == NextIn::Header && pagination.header.is_empty() => "header",
        _ => return Ok(()),
    };
    let pointer = format!("/pagination/{missing}");
    Err(NodeError::invalid(
        "invalid-params",
        format!("parameter {pointer}: this kind of pagination needs it"),
    )
    .at(pointer))
}

/// The page behind this one; none if this is the last.
fn next(
    params: &Params,
    response: &Response,
    answer: &Answer,
    page: &Page,
    value: i64,
) -> Result<Option<Page>, NodeError> {
    let pagination = &params.pagination;
    let number = page.number + 1;
    let found = match pagination.mode {
        Mode::Off => None,
        Mode::Parameter => Some(Page {
            number,
            value: Some(value.to_string()),
            url: None,
        }),
        Mode::Cursor => {
            let cursor = pagination.path.as_ref().and_then(|path| text_at(answer, path));
            cursor.map(|cursor| Page {
                number,
                value: Some(cursor),
                url: None,
            })
        }
        Mode::NextUrl => next_url(params, response, answer)?.map(|url| Page {
            number,
            value: None,
            url: Some(url),
        }),
    };
    let stays = found.as_ref().is_some_and(|next| {
        let same_cursor = pagination.mode == Mode::Cursor && next.value == page.value;
        same_cursor || next.url.as_ref().is_some_and(|url| url == response.url())
    });
    if stays {
        let message = format!("page {number} leads to itself; check where the next page is said");
        return Err(NodeError::permanent("pagination-loop", message).at("/pagination"));
    }
    Ok(found)
}

fn next_url(params: &Params, response: &Response, answer: &Answer) -> Result<Option<Url>, NodeError> {
    let pagination = &params.pagination;
    let url = match pagination.next_in {
        NextIn::Body => pagination.path.as_ref().and_then(|path| text_at(answer, path)),
        NextIn::Header => response.header(&pagination.header).map(str::to_owned),
        NextIn::Link => {
            let links = response.headers().iter().filter(|(name, _)| name == "link");
            links.filter_map(|(_, value)| next_link(value)).next()
        }
    };
    let url = url
        .filter(|url| !url.is_empty())
        .map(|url| response.url().join(&url));
    url.transpose()
        .map_err(|error| NodeError::from(error).at("/pagination"))
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_link(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, link)) = rest.split_once('<') {
        let (target, parameters) = link.split_once('>')?;
        let end = parameters.find('<').unwrap_or(parameters.len());
        let is_next = parameters[..end].split([';', ',']).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = &parameters[end..];
    }
    None
}

fn value_at(answer: &Answer, path: &Path) -> Option<RawJson> {
    let Content::Json(json) = &answer.content else {
        return None;
    };
    let object = Object::parse(json.text()).ok()?;
    serde_json::from_str(&object.get(path)?).ok()
}

/// The text or number at a path; none for null, false and nothing.
fn text_at(answer: &Answer, path: &Path) -> Option<String> {
    let value = value_at(answer, path)?;
    let text = value.as_string().unwrap_or_else(|| value.text().to_owned());
    Some(text).filter(|text| !matches!(text.as_str(), "" | "null" | "false"))
}

fn is_true(answer: &Answer, path: &Path) -> bool {
    value_at(answer, path)
        .is_some_and(|value| !matches!(value.text(), "false" | "null" | "0" | "\"\"" | "[]" | "{}"))
}
