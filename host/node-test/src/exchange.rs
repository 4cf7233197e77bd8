use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde::Deserialize;
use serde_json::Value;

use crate::recorded_item::bytes_of;

/// What a case calls the boundary of a multipart form, which is another one each time.
const BOUNDARY: &str = "monshyflow-boundary";

/// A request that the node makes, and what comes of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    pub request: RecordedRequest,
    /// Either this or `failure`.
    #[serde(default)]
    pub response: Option<RecordedResponse>,
    #[serde(default)]
    pub failure: Option<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    Denied,
    Dns,
    Connect,
    Timeout,
    Tls,
    Protocol,
}

/// What is named must be so; headers that are not named may be there.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedRequest {
    pub method: String,
    pub url: String,
    /// Null: the header must be absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub json: Option<Value>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub base64: Option<String>,
    /// Milliseconds. No server can see it: only native runs check it.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RecordedResponse {
    /// 200 unless said otherwise.
    pub status: Option<u16>,
    /// A list where a header comes several times.
    pub headers: BTreeMap<String, OneOrMore>,
    /// Sets `content-type: application/json` unless the headers name another.
    pub json: Option<Value>,
    pub text: Option<String>,
    pub base64: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A request as it arrived.
pub(crate) struct Arrived {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Exchange {
    /// Host and port of the URL.
    pub(crate) fn target(&self) -> Result<(String, u16), String> {
        let url = &self.request.url;
        let malformed = || format!("the recorded URL {url} is none");
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, Some("http")) => 80,
            _ => return Err(malformed()),
        };
        Ok((uri.host().ok_or_else(malformed)?.to_owned(), port))
    }

    pub(crate) fn is_for(&self, arrived: &Arrived) -> bool {
        self.request.method == arrived.method.as_str() && self.request.url == arrived.url
    }
}

impl RecordedRequest {
    /// What is otherwise in the request that arrived, in words.
    pub(crate) fn difference(&self, arrived: &Arrived) -> Option<String> {
        let boundary = arrived.boundary();
        let recorded = |text: &str| match &boundary {
            Some(boundary) => text.replace(boundary.as_str(), BOUNDARY),
            None => text.to_owned(),
        };
        for (name, expected) in &self.headers {
            let values = arrived.headers.get_all(name.as_str()).iter();
            let values: Vec<_> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let found = (!values.is_empty()).then(|| recorded(&values.join(", ")));
            if found != *expected {
                return Some(format!("header `{name}` is {found:?}, expected {expected:?}"));
            }
        }
        let shown = String::from_utf8_lossy(&arrived.body);
        if let Some(expected) = &self.json
            && serde_json::from_slice::<Value>(&arrived.body).ok().as_ref() != Some(expected)
        {
            return Some(format!("the body is {shown}, expected {expected}"));
        }
        match bytes_of(self.text.as_deref(), self.base64.as_deref()) {
            Err(fault) => Some(fault),
            Ok(Some(expected)) if boundary.is_some() => {
                let (found, expected) = (recorded(&shown), String::from_utf8_lossy(&expected));
                (found != expected).then(|| format!("the body is {found:?}, expected {expected:?}"))
            }
            Ok(Some(expected)) if expected != arrived.body => {
                let expected = String::from_utf8_lossy(&expected);
                Some(format!("the body is {shown:?}, expected {expected:?}"))
            }
            Ok(_) => None,
        }
    }
}

impl RecordedResponse {
    /// Status, headers and body.
    pub(crate) fn parts(&self) -> Result<(StatusCode, HeaderMap, Bytes), String> {
        let status = self.status.unwrap_or(200);
        let status = StatusCode::from_u16(status).map_err(|_| format!("{status} is no status"))?;
        let mut headers = HeaderMap::new();
        for (name, values) in &self.headers {
            let known: HeaderName = name.parse().map_err(|_| format!("`{name}` is no header"))?;
            let values = match values {
                OneOrMore::One(value) => std::slice::from_ref(value),
                OneOrMore::More(values) => values.as_slice(),
            };
            for value in values {
                let value = HeaderValue::from_str(value)
                    .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
                    .map_err(|_| format!("header `{name}` cannot be {value:?}"))?;
                headers.append(&known, value);
            }
        }
        let body = match &self.json {
            Some(json) => {
                let json_type = HeaderValue::from_static("application/json");
                headers.entry(header::CONTENT_TYPE).or_insert(json_type);
                Bytes::from(json.to_string())
            }
            None => bytes_of(self.text.as_deref(), self.base64.as_deref())?.unwrap_or_default(),
        };
        Ok((status, headers, body))
    }
}

impl Arrived {
    /// Of a multipart form.
    fn boundary(&self) -> Option<String> {
        let content_type = self.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let (kind, boundary) = content_type.split_once("boundary=")?;
        kind.starts_with("multipart/")
            .then(|| boundary.trim_matches('"').to_owned())
    }
}
