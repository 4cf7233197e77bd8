use monshyflow_sdk::http::{Request, Url};
use monshyflow_sdk::{Context, Item, NodeError};

use crate::Params;
use crate::pagination::{Mode, Place};

/// What a page changes in the request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// From 0.
    pub(crate) number: u32,
    /// The URL instead of the parameters' URL and query.
    pub(crate) url: Option<Url>,
    /// The value of the page's parameter.
    pub(crate) value: Option<String>,
}

pub(crate) fn first(params: &Params, item: &Item, context: &Context) -> Result<Request, NodeError> {
    let pagination = &params.pagination;
    let value = (pagination.mode == Mode::Parameter).then(|| pagination.start.to_string());
    page(
        params,
        item,
        context,
        &Page {
            value,
            ..Page::default()
        },
    )
}

pub(crate) fn page(
    params: &Params,
    item: &Item,
    context: &Context,
    page: &Page,
) -> Result<Request, NodeError> {
    let own_url = Url::parse(&params.url).map_err(|error| NodeError::from(error).at("/url"))?;
    let method = params.method.name();
    let mut request = match &page.url {
        Some(url) => Request::new(method, &url.to_string()),
        None => {
            let request = Request::new(method, &params.url);
            params
                .query_lists
                .texts(&params.query)
                .fold(request, |request, (name, value)| request.query(&name, &value))
        }
    };
    let place = params.pagination.place;
    let field = page
        .value
        .as_deref()
        .map(|value| (params.pagination.name.as_str(), value));
    let field_in = |wanted: Place| field.filter(|_| place == wanted);
    if let Some((name, value)) = field_in(Place::Query) {
        request = request.only_query(name, value);
    }
    // Where a response points may be somebody else's server: it does not learn what is meant for this one.
    let trusted = page.url.as_ref().is_none_or(|url| url.same_origin(&own_url));
    for (name, value) in params.headers.texts() {
        let replaced = field_in(Place::Header).is_some_and(|(page, _)| page.eq_ignore_ascii_case(name));
        if !replaced && (trusted || !is_secret(name)) {
            request = request.header(name, &value);
        }
    }
    if let Some((name, value)) = field_in(Place::Header) {
        request = request.header(name, value);
    }
    if let Some(name) = params
        .idempotency_header
        .as_deref()
        .filter(|name| !name.is_empty())
    {
        request = request.header(name, &idempotency_key(item, context, page));
    }
    if let Some(body) = params.body.build(item, field_in(Place::Body))? {
        request = request.body(body);
    }
    let redirects = if params.redirects.follow {
        params.redirects.max
    } else {
        0
    };
    Ok(request.timeout_ms(params.timeout_ms).redirects(redirects))
}

fn is_secret(header: &str) -> bool {
    ["authorization", "cookie", "proxy-authorization"]
        .iter()
        .any(|name| header.eq_ignore_ascii_case(name))
}

/// The same for every try of the step, another for every item and page.
fn idempotency_key(item: &Item, context: &Context, page: &Page) -> String {
    let key = format!("{}-{}", context.step_id, item.reference().index);
    if page.number == 0 {
        key
    } else {
        format!("{key}-{}", page.number)
    }
}
