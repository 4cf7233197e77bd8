use monshyflow_sdk::http::{Body, Request, Url};
use monshyflow_sdk::{NodeError, Object};
use serde_json::Value;

use crate::params::{Method, Params, RequestFormat};

pub(crate) fn build(params: &Params) -> Result<Request, NodeError> {
    Url::parse(&params.url).map_err(|error| NodeError::from(error).at("/url"))?;
    if params.query.trim().is_empty() {
        let problem = "there is no query";
        return Err(NodeError::invalid_param("/query", problem));
    }
    let variables = variables(params)?;
    let mut request = match params.method {
        Method::Get => in_url(
            Request::get(&params.url).query("query", &params.query),
            params,
            variables.as_deref(),
        ),
        Method::Post => match params.request_format {
            RequestFormat::Json => {
                Request::post(&params.url).body(Body::json(envelope(params, variables.as_deref())))
            }
            RequestFormat::Graphql => in_url(Request::post(&params.url), params, variables.as_deref())
                .body(Body::bytes(params.query.as_bytes(), "application/graphql")),
        },
    };
    for header in &params.headers {
        request = request.header(&header.name, &header.value);
    }
    if !request.has_header("accept") {
        request = request.header(
            "accept",
            "application/graphql-response+json, application/json;q=0.9",
        );
    }
    Ok(request.timeout_ms(params.timeout_ms))
}

/// What a POST carries (GraphQL over HTTP, section 5.4).
fn envelope(params: &Params, variables: Option<&str>) -> String {
    let mut object = Object::default();
    object.set_field("query", Value::from(params.query.as_str()).to_string());
    if let Some(variables) = variables {
        object.set_field("variables", variables.to_owned());
    }
    if !params.operation_name.is_empty() {
        let name = Value::from(params.operation_name.as_str());
        object.set_field("operationName", name.to_string());
    }
    object.to_text()
}

fn in_url(request: Request, params: &Params, variables: Option<&str>) -> Request {
    let request = match variables {
        Some(variables) => request.query("variables", variables),
        None => request,
    };
    if params.operation_name.is_empty() {
        request
    } else {
        request.query("operationName", &params.operation_name)
    }
}

/// JSON text of an object; none if there are no variables. Numbers keep their digits.
fn variables(params: &Params) -> Result<Option<String>, NodeError> {
    let text = match params.variables.as_string() {
        Some(text) if text.trim().is_empty() => return Ok(None),
        Some(text) => text,
        None if params.variables.is_null() => return Ok(None),
        None => params.variables.text().to_owned(),
    };
    Object::parse(&text).map_err(|error| {
        let problem = format!("give a JSON object, or its text: {error}");
        NodeError::invalid_param("/variables", problem)
    })?;
    Ok(Some(text))
}
