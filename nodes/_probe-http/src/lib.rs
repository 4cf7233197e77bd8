//! A guest that sends requests as its parameters say, however hostile, without the SDK's care.
//!
//! Parameters: `mode`, then what `Wanted` reads.
//!
//! | mode | does |
//! |---|---|
//! | `one` | one request, reads the body to its end; says status, location and length |
//! | `follow` | the same, then once more to `location` |
//! | `many` | `count` requests one after the other; says how many succeeded |
//! | `hold` | `count` requests at once whose bodies it never reads, then sleeps until the call ends |

mod request;

use serde_json::{Value, json};

wit_bindgen::generate!({ path: "../../wit", world: "node" });

use monshyflow::node::types::{CreatedItem, ErrorKind, Output, OutputItem, Params};
use request::{Answer, Wanted};

struct Probe;

export!(Probe);

impl Guest for Probe {
    fn run(call: Call) -> Result<Outcome, NodeError> {
        let params: Value = match &call.params {
            Params::Shared(text) => serde_json::from_str(text).unwrap_or_default(),
            Params::PerItem(_) => Value::Null,
        };
        let wanted = Wanted::read(&params);
        let count = params["count"].as_u64().unwrap_or(1);
        let said = match params["mode"].as_str().unwrap_or_default() {
            "one" => one(&wanted),
            "follow" => follow(&wanted),
            "many" => many(&wanted, count),
            "hold" => hold(&wanted, count),
            mode => Err(format!("unknown mode {mode}")),
        };
        match said {
            Ok(value) => {
                let item = CreatedItem {
                    json: value.to_string(),
                    binary: Vec::new(),
                    source: Vec::new(),
                };
                Ok(Outcome::Emit(vec![Output {
                    port: "out".into(),
                    items: vec![OutputItem::Created(item)],
                }]))
            }
            Err(message) => Err(NodeError {
                kind: ErrorKind::Permanent,
                code: "request-failed".into(),
                message,
                details: None,
                parameter: None,
                item: None,
                retry_after_ms: None,
            }),
        }
    }
}

fn one(wanted: &Wanted) -> Result<Value, String> {
    let Answer {
        status,
        location,
        body,
    } = wanted.send()?;
    Ok(json!({ "status": status, "location": location, "length": request::read(body)? }))
}

fn follow(wanted: &Wanted) -> Result<Value, String> {
    let location = wanted.send()?.location.ok_or("no location")?;
    one(&wanted.at(&location)).map_err(|error| format!("after the redirect: {error}"))
}

fn many(wanted: &Wanted, count: u64) -> Result<Value, String> {
    for done in 0..count {
        one(wanted).map_err(|error| format!("after {done}: {error}"))?;
    }
    Ok(json!(count))
}

fn hold(wanted: &Wanted, count: u64) -> Result<Value, String> {
    let held: Result<Vec<Answer>, String> = (0..count).map(|_| wanted.send()).collect();
    let held = held?;
    std::thread::sleep(std::time::Duration::from_secs(3600));
    Ok(json!(held.len()))
}
