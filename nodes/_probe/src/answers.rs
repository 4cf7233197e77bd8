//! Answers for the run, well or badly.

use serde_json::{Value, json};

use crate::monshyflow::node::{response, suspension};
use crate::{Answer, emit, fail, say};

pub fn run(mode: &str, params: &Value) -> Option<Answer> {
    let count = params["count"].as_u64().unwrap_or(0);
    let size = params["size"].as_u64().unwrap_or(0) as usize;
    Some(match mode {
        "respond" => {
            let answers = params["answers"].as_array().into_iter().flatten();
            let told: Vec<Value> = answers.map(|answer| told(response::set(&read(answer)))).collect();
            match params["then"].as_str() {
                Some("fail") => fail("changed-its-mind", "after all"),
                Some("wait") => {
                    suspension::until(0.0, "");
                    emit(Vec::new())
                }
                _ => say(json!(told)),
            }
        }
        "respond-headers" => {
            let header = |at: u64| response::Header {
                name: format!("x-{at}"),
                value: "v".repeat(size),
            };
            let headers = (0..count).map(header).collect();
            let body = response::Body::None;
            say(told(response::set(&response::Answer {
                status: 200,
                headers,
                body,
            })))
        }
        "respond-many" => {
            let one = || response::Answer {
                status: 200,
                headers: Vec::new(),
                body: response::Body::Text("x".repeat(size)),
            };
            let refused = (0..count).filter(|_| response::set(&one()).is_err());
            say(json!(refused.count()))
        }
        _ => return None,
    })
}

fn read(answer: &Value) -> response::Answer {
    let headers = answer["headers"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    response::Answer {
        status: answer["status"].as_u64().unwrap_or(200) as u16,
        headers: headers
            .map(|pair| response::Header {
                name: text(&pair[0]),
                value: text(&pair[1]),
            })
            .collect(),
        body: match (&answer["text"], &answer["blob"]) {
            (Value::String(text), _) => response::Body::Text(text.clone()),
            (_, Value::Number(blob)) => response::Body::Blob(blob.as_u64().unwrap_or(0) as u32),
            _ => response::Body::None,
        },
    }
}

fn told(result: Result<(), response::Error>) -> Value {
    match result {
        Ok(()) => json!("set"),
        Err(error) => json!(format!("{error:?}")),
    }
}
