//! Answers whoever waits for the run, while the run goes on.

mod params;

use monshyflow_sdk::response::{Body, Response, set};
use monshyflow_sdk::{Context, Inputs, Item, MAIN, NodeError, Output, RawJson, all};

use params::Content;
pub use params::Params;

const JSON: &str = "application/json";

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    set(&response(params, items)?)?;
    Ok(Output::many(items))
}

fn response(params: &Params, items: &[Item]) -> Result<Response, NodeError> {
    let default_status = match params.respond_with {
        Content::Redirect => 307,
        _ => 200,
    };
    let headers = params.headers.iter();
    let response = headers.fold(
        Response::new(params.status.unwrap_or(default_status)),
        |response, header| response.header(&header.name, written(&header.value)),
    );
    let text = |response: Response, text: String| response.body(Body::Text(text));
    let json = |json: String| text(response.clone().default_header("content-type", JSON), json);
    match params.respond_with {
        Content::FirstItem => Ok(json(in_field(params, first(items)?.text()))),
        Content::AllItems => {
            let texts: Vec<&str> = items.iter().map(Item::text).collect();
            Ok(json(in_field(params, &format!("[{}]", texts.join(",")))))
        }
        Content::Json => json_text(params).map(json),
        Content::Text => Ok(text(response, written(&params.text))),
        Content::Binary => {
            let attachment = first(items)?.require_attachment(&params.attachment);
            let attachment = attachment.map_err(|error| error.at("/attachment"))?;
            let response = response.default_header("content-type", &attachment.media_type);
            Ok(response.body(Body::Attachment(attachment.clone())))
        }
        Content::NoData => Ok(response),
        Content::Redirect if params.url.is_empty() => Err(NodeError::invalid(
            "invalid-params",
            "parameter /url: say where the caller is sent",
        )
        .at("/url")),
        Content::Redirect => Ok(response.default_header("location", &params.url)),
    }
}

fn first(items: &[Item]) -> Result<&Item, NodeError> {
    let nothing = "nothing arrived, so there is no first item: respond with JSON, text or no data";
    items
        .first()
        .ok_or_else(|| NodeError::invalid("no-items", nothing))
}

/// An expression may have made a number of it.
fn written(value: &RawJson) -> String {
    match value.as_string() {
        Some(text) => text,
        None if value.is_null() => String::new(),
        None => value.text().to_owned(),
    }
}

fn in_field(params: &Params, json: &str) -> String {
    if params.field.is_empty() {
        return json.to_owned();
    }
    let name = serde_json::Value::from(params.field.as_str());
    format!("{{{name}:{json}}}")
}

fn json_text(params: &Params) -> Result<String, NodeError> {
    let Some(text) = params.json.as_string() else {
        return Ok(params.json.text().to_owned());
    };
    let checked: Result<RawJson, _> = serde_json::from_str(&text);
    let checked = checked.map_err(|error| {
        let message = format!("parameter /json: the text is not JSON: {error}");
        NodeError::invalid("invalid-params", message).at("/json")
    })?;
    Ok(checked.text().to_owned())
}

all!(run);
