use serde_json::{Value, json};

use crate::answer::{Answer, ask};
use crate::fixture::{create, greeting, publish, run};

pub(crate) fn a_workflow_lives() {
    let created = ask("POST", "/api/workflows", &[]).json(&greeting("First")).send();
    assert_eq!(created.header("etag"), "\"1\"");
    let location = created.header("location").to_owned();
    let id = created.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/api/workflows/{id}"));
    let read = ask("GET", "/api/workflows/{id}", &[&id]).send().expect(200);
    assert_eq!(read["document"], greeting("First"));

    let replace = |tag: &str| {
        ask("PUT", "/api/workflows/{id}", &[&id])
            .header("if-match", tag)
            .json(&greeting("Second"))
    };
    let without = ask("PUT", "/api/workflows/{id}", &[&id]).json(&greeting("Second"));
    without.send().problem(428, "precondition-required");
    let replaced = replace("\"1\"").send();
    assert_eq!(replaced.header("etag"), "\"2\"");
    assert_eq!(replaced.expect(200)["name"], "Second");
    assert_eq!(
        replace("\"1\"").send().problem(412, "precondition-failed")["currentVersion"],
        2
    );

    let found = ask("POST", "/api/workflows/{id}/check", &[&id])
        .send()
        .expect(200);
    assert_eq!(found["problems"], json!([]));
    let published = ask("POST", "/api/workflows/{id}/publish", &[&id]).send();
    assert_eq!(
        published.header("location"),
        format!("/api/workflows/{id}/versions/1")
    );
    assert_eq!(published.expect(201)["number"], 1);

    let tag = ask("GET", "/api/workflows/{id}", &[&id])
        .send()
        .header("etag")
        .to_owned();
    let third = ask("PUT", "/api/workflows/{id}", &[&id])
        .header("if-match", tag)
        .json(&greeting("Third"));
    third.send().expect(200);
    ask("POST", "/api/workflows/{id}/publish", &[&id])
        .send()
        .expect(201);
    let versions = ask("GET", "/api/workflows/{id}/versions", &[&id])
        .send()
        .expect(200);
    let numbers: Vec<&Value> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["number"])
        .collect();
    assert_eq!(numbers, [2, 1]);
    let first = ask("GET", "/api/workflows/{id}/versions/{n}", &[&id, "1"])
        .send()
        .expect(200);
    assert_eq!(first["document"], greeting("Second"));
    for missing in ["3", "0", "x", "99999999999"] {
        ask("GET", "/api/workflows/{id}/versions/{n}", &[&id, missing])
            .send()
            .problem(404, "not-found");
    }
    let restored = restore(&id, "1", &etag(&id)).expect(200);
    assert_eq!(
        (&restored["name"], &restored["published"]),
        (&json!("Second"), &json!(2))
    );
    let taken_back = ask("POST", "/api/workflows/{id}/unpublish", &[&id])
        .send()
        .expect(200);
    assert_eq!(taken_back.get("published"), None);

    let delete = |tag: &str| {
        ask("DELETE", "/api/workflows/{id}", &[&id])
            .header("if-match", tag)
            .send()
    };
    delete("\"1\"").problem(412, "precondition-failed");
    delete(&format!("\"{}\"", taken_back["etag"])).expect(204);
    ask("GET", "/api/workflows/{id}", &[&id])
        .send()
        .problem(404, "not-found");
    ask("DELETE", "/api/workflows/{id}", &[&id])
        .send()
        .problem(404, "not-found");
}

fn etag(id: &str) -> String {
    let read = ask("GET", "/api/workflows/{id}", &[id]).send();
    read.header("etag").to_owned()
}

fn restore(id: &str, version: &str, tag: &str) -> Answer {
    ask("POST", "/api/workflows/{id}/versions/{n}/restore", &[id, version])
        .header("if-match", tag)
        .send()
}

/// What somebody else wrote is not overwritten by who has not seen it.
pub(crate) fn nobodys_change_is_lost() {
    let id = publish(&greeting("First"));
    let seen = etag(&id);
    let replaced = ask("PUT", "/api/workflows/{id}", &[&id])
        .header("if-match", &seen)
        .json(&greeting("Unpublished change"));
    replaced.send().expect(200);
    restore(&id, "1", &seen).problem(412, "precondition-failed");
    ask("POST", "/api/workflows/{id}/versions/{n}/restore", &[&id, "1"])
        .send()
        .problem(428, "precondition-required");
    for action in ["/api/workflows/{id}/publish", "/api/workflows/{id}/unpublish"] {
        let problem = ask("POST", action, &[&id]).header("if-match", &seen).send();
        assert_eq!(problem.problem(412, "precondition-failed")["currentVersion"], 3);
    }
    let left = ask("GET", "/api/workflows/{id}", &[&id]).send().expect(200);
    assert_eq!(
        (&left["name"], &left["published"], &left["latest"], &left["etag"]),
        (&json!("Unpublished change"), &json!(1), &json!(1), &json!(3))
    );
    for (action, status) in [
        ("/api/workflows/{id}/publish", 201),
        ("/api/workflows/{id}/unpublish", 200),
    ] {
        let seen = etag(&id);
        ask("POST", action, &[&id])
            .header("if-match", seen)
            .send()
            .expect(status);
    }
    restore(&id, "1", &etag(&id)).expect(200);
}

/// Where nothing is read from a body or a query, nothing is taken.
pub(crate) fn what_would_not_count_is_refused() {
    let id = publish(&greeting("Says all in its address"));
    let run = run(&id, &json!({ "name": "Ada" }));
    let run = run["id"].as_str().unwrap();
    let workflow: &[&str] = &[&id];
    for (path, places) in [
        ("/api/workflows/{id}/publish", workflow),
        ("/api/workflows/{id}/unpublish", workflow),
        ("/api/workflows/{id}/versions/{n}/restore", &[&id, "1"]),
        ("/api/runs/{id}/cancel", &[run]),
    ] {
        let ask = || ask("POST", path, places).header("if-match", etag(&id));
        let problem = ask().json(&json!({ "force": true })).send();
        let problem = problem.problem(422, "invalid-body");
        assert!(
            problem["detail"].as_str().unwrap().contains("`force`"),
            "{problem}"
        );
        ask().json(&json!([1])).send().problem(422, "invalid-body");
        ask()
            .bytes("application/json", b"{".to_vec())
            .send()
            .problem(400, "malformed-json");
        ask()
            .bytes("text/plain", b"{}".to_vec())
            .send()
            .problem(415, "unsupported-media-type");
        ask()
            .bytes("application/json", vec![b' '; 100_000])
            .send()
            .problem(413, "body-too-large");
    }
    let left = ask("GET", "/api/workflows/{id}", workflow).send().expect(200);
    assert_eq!(
        (&left["published"], &left["latest"], &left["etag"]),
        (&json!(1), &json!(1), &json!(2))
    );
    for (path, places) in [
        ("/api/workflows/{id}", workflow),
        ("/api/workflows/{id}/versions/{n}", &[&id, "1"]),
        ("/api/runs/{id}", &[run]),
        ("/api/runs/{id}/steps/{step}", &[run, "greet"]),
        ("/api/events", &[]),
        ("/api/node-types/{name}/{version}", &["set", "1"]),
        ("/api/node-types/{name}/{version}/grants", &["set", "1"]),
    ] {
        let problem = ask("GET", path, places).query("expand=all").send();
        let problem = problem.problem(400, "invalid-query");
        assert!(
            problem["detail"].as_str().unwrap().contains("`expand`"),
            "{problem}"
        );
    }
    for empty in [json!({}).to_string(), String::new()] {
        ask("POST", "/api/workflows/{id}/publish", workflow)
            .bytes("application/json", empty.into_bytes())
            .send()
            .expect(201);
    }
}

pub(crate) fn workflows_come_in_pages() {
    let made: Vec<String> = (0..3).map(|n| create(&greeting(&format!("Page {n}")))).collect();
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = ask("GET", "/api/workflows", &[]).query(&query).send().expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2 && items.iter().all(|item| item.get("document").is_none()));
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        query = format!("limit=2&cursor={cursor}");
    }
    assert!(
        made.iter()
            .all(|id| seen.iter().filter(|found| *found == id).count() == 1)
    );
    ask("GET", "/api/workflows", &[])
        .query("cursor=zz")
        .send()
        .problem(400, "bad-cursor");
    ask("GET", "/api/workflows", &[])
        .query("limit=0")
        .send()
        .problem(400, "invalid-query");
    ask("GET", "/api/workflows", &[])
        .query("page=2")
        .send()
        .problem(400, "invalid-query");
}

pub(crate) fn bad_documents_are_told_where() {
    let post = |body: Vec<u8>| {
        ask("POST", "/api/workflows", &[])
            .bytes("application/json", body)
            .send()
    };
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes();
    let mut unknown = greeting("Unknown field");
    unknown["nodes"][1]["parms"] = json!({});
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"{".to_vec(), "document-not-json"),
        (deep, "document-too-deep"),
        (
            br#"{"name":"a","name":"b","nodes":[],"edges":[]}"#.to_vec(),
            "document-duplicate-key",
        ),
        (unknown.to_string().into_bytes(), "document-wrong-shape"),
    ];
    for (body, code) in cases {
        let problem = post(body).problem(422, "workflow-invalid");
        assert_eq!(problem["problems"][0]["code"], code, "{problem}");
    }
    post(b"{\"name\":\"\xff\"}".to_vec()).problem(400, "invalid-utf8");
    post(vec![b' '; (4 << 20) + 1]).problem(413, "body-too-large");
    let text = ask("POST", "/api/workflows", &[]).bytes("text/plain", b"{}".to_vec());
    text.send().problem(415, "unsupported-media-type");

    let mut broken = greeting("Two faults");
    broken["nodes"][1]["type"] = json!("no-such-node@1");
    broken["edges"][0]["from"]["port"] = json!("side");
    let id = create(&broken);
    let found = ask("POST", "/api/workflows/{id}/check", &[&id])
        .send()
        .expect(200);
    let refused = ask("POST", "/api/workflows/{id}/publish", &[&id])
        .send()
        .problem(422, "workflow-invalid");
    assert_eq!(found["problems"], refused["problems"]);
    let pointers: Vec<&str> = found["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["pointer"].as_str().unwrap())
        .collect();
    assert!(
        pointers.iter().any(|pointer| pointer.starts_with("/nodes/1")),
        "{found}"
    );
    assert!(
        pointers.iter().any(|pointer| pointer.starts_with("/edges/0")),
        "{found}"
    );

    let good = publish(&greeting("Good"));
    let unsaved = ask("POST", "/api/workflows/{id}/check", &[&good])
        .json(&broken)
        .send()
        .expect(200);
    assert_eq!(unsaved["problems"], found["problems"]);
}
