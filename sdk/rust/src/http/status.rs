use serde_json::json;

use super::Response;
use crate::{ErrorKind, NodeError};

/// Characters of a body that go into an error's details.
const EXCERPT: usize = 1_000;
/// Characters of a body that people read.
const SAID: usize = 200;

impl Response {
    /// The response, unless its status is 400 or above. The error's details are `{"status", "url", "body"}`, with the beginning of
    /// the body; a 429, and whatever asks for a pause, is worth another try, and so are faults of the server.
    ///
    /// # Errors
    ///
    /// `http-status`.
    pub fn error_for_status(mut self) -> Result<Self, NodeError> {
        if self.status() < 400 {
            return Ok(self);
        }
        let (status, pause) = (self.status(), self.retry_after_ms());
        // A body that is too large or breaks off says nothing.
        let body = self.text(16 * EXCERPT).unwrap_or_default();
        let said = cut(body.trim().lines().next().unwrap_or_default(), SAID);
        let separator = if said.is_empty() { "" } else { ": " };
        let message = format!("{} answered {status}{separator}{said}", self.url());
        let details = json!({ "status": status, "url": self.url().to_string(), "body": cut(&body, EXCERPT) });
        let mut error = NodeError::new(kind(status, pause), "http-status", message).with_details(details);
        error.retry_after_ms = pause;
        Err(error)
    }
}

fn kind(status: u16, pause: Option<u32>) -> ErrorKind {
    match status {
        429 => ErrorKind::RateLimited,
        503 if pause.is_some() => ErrorKind::RateLimited,
        501 | 505 => ErrorKind::Permanent,
        408 | 425 | 500.. => ErrorKind::Transient,
        _ => ErrorKind::Permanent,
    }
}

fn cut(text: &str, characters: usize) -> &str {
    text.char_indices()
        .nth(characters)
        .map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::http::Request;
    use crate::testing::{Case, run_case};
    use crate::{Context, Item, NodeError, run_each};

    fn fetch(_params: &Value, _item: Item, _context: &Context) -> Result<u16, NodeError> {
        Ok(Request::get("https://a.example/")
            .send()?
            .error_for_status()?
            .status())
    }

    fn check(response: Value, expected: Value) {
        let request = json!({ "method": "GET", "url": "https://a.example/" });
        let mut case = json!({ "title": "", "input": { "main": [1] }, "http": [{ "request": request, "response": response }] });
        let field = if expected.is_array() { "expect" } else { "error" };
        case[field] = if expected.is_array() {
            json!({ "main": expected })
        } else {
            expected
        };
        let case: Case = serde_json::from_value(case).unwrap();
        run_case(|call| run_each(call, fetch), &case).unwrap();
    }

    #[test]
    fn statuses_from_400_on_are_errors() {
        check(json!({ "status": 204 }), json!([204]));
        let details = json!({ "status": 404, "url": "https://a.example/", "body": "gone\nfor good" });
        check(
            json!({ "status": 404, "text": "gone\nfor good" }),
            json!({ "code": "http-status", "kind": "permanent", "message": "answered 404: gone", "details": details }),
        );
        check(
            json!({ "status": 500 }),
            json!({ "code": "http-status", "kind": "transient", "message": "answered 500" }),
        );
        check(
            json!({ "status": 503, "headers": { "retry-after": "2" } }),
            json!({ "code": "http-status", "kind": "rate-limited", "retryAfterMs": 2000 }),
        );
    }
}
