//! What tests do with runs.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Server;

pub(crate) const ENDED: &[&str] = &["succeeded", "failed", "cancelled", "timed-out"];

pub(crate) const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

pub(crate) fn start(server: &Server, id: &str, body: &Value) -> Value {
    let answer = server.post(&format!("/api/workflows/{id}/runs"), body);
    assert!(matches!(answer.status, 200 | 202), "{}", answer.body);
    answer.body
}

pub(crate) fn until(server: &Server, run: &str, statuses: &[&str]) -> Value {
    let started = Instant::now();
    loop {
        let view = server.get(&format!("/api/runs/{run}")).body;
        if statuses.iter().any(|status| view["status"] == *status) {
            return view;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{view}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn resume_path(server: &Server, run: &str) -> String {
    let view = server.get(&format!("/api/runs/{run}")).body;
    let mut steps = view["steps"].as_array().unwrap().iter();
    let url = steps.find_map(|step| step["resumeUrl"].as_str()).unwrap();
    url[url.find("/api/resume/").unwrap()..].to_owned()
}

pub(crate) fn status(code: u16) -> ureq::http::StatusCode {
    ureq::http::StatusCode::from_u16(code).unwrap()
}
