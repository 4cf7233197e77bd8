use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::answer::{Ask, ask};
use crate::fixture::{fixture, greeting, hanging, own_node_type, publish, run};

/// Reads one event after the other: id, type, data.
fn stream(request: Ask) -> impl Iterator<Item = (String, String, Value)> {
    let response = request.open();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut lines = BufReader::new(response.into_body().into_reader()).lines();
    std::iter::from_fn(move || {
        let (mut id, mut kind, mut data) = (String::new(), String::new(), String::new());
        loop {
            let line = lines.next()?.ok()?;
            match line.split_once(": ") {
                Some(("id", value)) => id = value.to_owned(),
                Some(("event", value)) => kind = value.to_owned(),
                Some(("data", value)) => data.push_str(value),
                _ if line.is_empty() && !data.is_empty() => {
                    return Some((id, kind, serde_json::from_str(&data).unwrap()));
                }
                _ => {}
            }
        }
    })
}

fn history(run: &str) -> Ask {
    ask("GET", "/api/runs/{id}/events", &[run])
}

pub(crate) fn history_is_replayed_and_resumed() {
    let workflow = publish(&greeting("Replayed"));
    let view = run(&workflow, &json!({ "name": "Ada" }));
    let id = view["id"].as_str().unwrap();
    let all: Vec<_> = stream(history(id)).collect();
    let numbers: Vec<String> = (1..=all.len()).map(|seq| seq.to_string()).collect();
    assert_eq!(
        all.iter().map(|(id, ..)| id.clone()).collect::<Vec<_>>(),
        numbers,
        "without gaps, from 1"
    );
    assert!(
        all.iter().all(
            |(id, kind, data)| data["seq"] == id.parse::<u64>().unwrap() && data["type"] == kind.as_str()
        )
    );
    assert_eq!(
        (all[0].1.as_str(), all.last().unwrap().1.as_str()),
        ("run-requested", "run-succeeded")
    );

    for after in [1, 3] {
        let rest: Vec<_> = stream(history(id).header("last-event-id", after)).collect();
        assert_eq!(rest, all[after..], "nothing lost, nothing repeated");
        assert_eq!(
            stream(history(id).query(&format!("after={after}"))).collect::<Vec<_>>(),
            all[after..]
        );
    }
    let both = history(id).query("after=1").header("last-event-id", 3);
    assert_eq!(
        stream(both).collect::<Vec<_>>(),
        all[3..],
        "the header is the newer one"
    );
    history(id).header("last-event-id", all.len()).send().expect(204);
    history(id).header("last-event-id", u64::MAX).send().expect(204);
    history(id)
        .header("last-event-id", "x")
        .send()
        .problem(400, "invalid-last-event-id");
    history(id).query("after=x").send().problem(400, "invalid-query");
    history("00000000-0000-7000-8000-000000000000")
        .send()
        .problem(404, "not-found");
}

pub(crate) fn history_is_seen_live() {
    own_node_type();
    let workflow = publish(&hanging("Seen live"));
    let started = ask("POST", "/api/workflows/{id}/runs", &[&workflow])
        .json(&json!({}))
        .send()
        .expect(202);
    let id = started["id"].as_str().unwrap().to_owned();
    let mut live = stream(history(&id));
    let begun = live.find(|(_, kind, data)| kind == "step-started" && data["node"] == "ask");
    assert!(begun.is_some(), "the step is seen while it runs");
    ask("POST", "/api/runs/{id}/cancel", &[&id]).send().expect(200);
    assert_eq!(
        live.last().unwrap().1,
        "run-cancelled",
        "the stream ends with the run"
    );
}

pub(crate) fn a_tenant_sees_its_runs_start_and_end() {
    let workflow = publish(&greeting("Noticed"));
    let mut ours = stream(ask("GET", "/api/events", &[]));
    let mut strangers = stream(ask("GET", "/api/events", &[]).key(Some(fixture().key("other"))));
    let view = run(&workflow, &json!({ "name": "Ada" }));
    let mut of_this_run = (&mut ours)
        .filter(|(_, _, data)| data["run"] == view["id"])
        .map(|(_, kind, data)| (kind, data));
    let notice = |status: &str| {
        (
            "run".to_owned(),
            json!({ "run": view["id"], "workflow": workflow, "status": status }),
        )
    };
    assert_eq!(of_this_run.next(), Some(notice("running")));
    assert_eq!(of_this_run.next(), Some(notice("succeeded")));

    let other = Some(fixture().key("other"));
    let theirs = ask("POST", "/api/workflows", &[])
        .key(other.clone())
        .json(&greeting("Theirs"))
        .send()
        .expect(201);
    let start = ask(
        "POST",
        "/api/workflows/{id}/runs",
        &[theirs["id"].as_str().unwrap()],
    )
    .key(other);
    let theirs = start
        .json(&json!({ "draft": true, "wait": true, "input": { "name": "x" } }))
        .send()
        .expect(200);
    assert_eq!(
        strangers.next().unwrap().2["run"],
        theirs["id"],
        "the first that a stranger sees is its own"
    );
}
