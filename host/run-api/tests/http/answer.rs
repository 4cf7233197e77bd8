use serde_json::Value;
use ureq::http::{HeaderMap, Method};

use crate::fixture::fixture;
use crate::schema;

/// One operation of the API, asked by somebody.
pub(crate) struct Ask {
    method: Method,
    /// As in the OpenAPI document.
    template: &'static str,
    path: String,
    query: String,
    key: Option<String>,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Asks as the tenant `local`; `{..}` of the template are filled in order.
pub(crate) fn ask(method: &str, template: &'static str, places: &[&str]) -> Ask {
    let mut path = template.to_owned();
    for place in places {
        let (start, end) = (path.find('{').unwrap(), path.find('}').unwrap());
        path.replace_range(start..=end, place);
    }
    assert!(!path.contains('{'), "{template} needs more than {places:?}");
    let key = Some(fixture().key("local"));
    let method = method.parse().unwrap();
    Ask {
        method,
        template,
        path,
        query: String::new(),
        key,
        headers: Vec::new(),
        body: None,
    }
}

impl Ask {
    pub(crate) fn query(mut self, query: &str) -> Self {
        self.query = format!("?{query}");
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    pub(crate) fn bytes(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", media_type)
    }

    /// Sends it, and checks the answer against the OpenAPI document.
    pub(crate) fn send(self) -> Answer {
        let (method, template) = (self.method.clone(), self.template);
        let mut response = self.open();
        let body = response
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_vec()
            .unwrap();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        };
        schema::check(method.as_str(), template, &answer);
        answer
    }

    /// Sends it, for answers that are read as they come.
    pub(crate) fn open(self) -> ureq::http::Response<ureq::Body> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0);
        let agent: ureq::Agent = config.allow_non_standard_methods(true).build().into();
        let address = format!("http://{}{}{}", fixture().address, self.path, self.query);
        let mut request = ureq::http::Request::builder().method(self.method).uri(address);
        if let Some(key) = self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        match self.body {
            Some(body) => agent.run(request.body(body).unwrap()).unwrap(),
            None => agent.run(request.body(()).unwrap()).unwrap(),
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body, if the status is as expected.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// The detail, if the status and code are as expected.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        body
    }
}
