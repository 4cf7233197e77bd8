//! Looks whether links still lead somewhere: an example of a node with parameters, requests, two outputs, a log line and
//! errors.

use monshyflow_sdk::http::{ErrorKind, Request};
use monshyflow_sdk::{Context, Item, NewItem, NodeError, Output, each, log};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    /// The link. Mostly an expression, such as `{{ $json.url }}`.
    #[schemars(title = "URL", length(min = 1), extend("x-placeholder" = "https://example.com"))]
    pub url: String,
    /// Milliseconds to wait for an answer.
    #[serde(default = "ten_seconds")]
    #[schemars(title = "Timeout (ms)", range(min = 1, max = 60_000))]
    pub timeout_ms: u32,
}

/// What the item gets in its field `link`.
#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
    /// None if nobody answered.
    status: Option<u16>,
}

fn ten_seconds() -> u32 {
    10_000
}

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let request = Request::new("HEAD", &params.url).timeout_ms(params.timeout_ms);
    let (status, port) = match request.send() {
        Ok(response) if response.status() < 400 => (Some(response.status()), "alive"),
        Ok(response) => (Some(response.status()), "dead"),
        // Nobody there is an answer, too; a refused grant or a malformed URL is not.
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout
            ) =>
        {
            log::warn!("{error}");
            (None, "dead")
        }
        Err(error) => return Err(NodeError::from(error).at("/url")),
    };
    Ok(with_link(
        &item,
        &Link {
            url: &params.url,
            status,
        },
    )?
    .to(port))
}

fn with_link(item: &Item, link: &Link<'_>) -> Result<NewItem, NodeError> {
    let mut object = item.object()?;
    object.set_value("link", link)?;
    Ok(item.replaced(object.to_text()))
}

each!(run);
