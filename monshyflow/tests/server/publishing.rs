//! Drafts become versions wholly or not at all, and once for each intent.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::document::{set, trigger, workflow};
use crate::support::{Answer, Server};

fn greeting(text: &str) -> Value {
    let hello = set("hello", "greeting", json!(text));
    workflow("greeting", &[trigger(), hello], &["start > hello"])
}

struct World {
    _data: tempfile::TempDir,
    server: Server,
}

impl World {
    fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &[]);
        Self { _data: data, server }
    }

    fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        self.server.send(method, path, headers, Some(body)).unwrap()
    }

    fn with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("idempotency-key", key)], body)
    }

    /// The numbers of all versions, newest first.
    fn versions(&self, path: &str) -> Vec<u64> {
        let list = self.server.get(&format!("{path}/versions?limit=200")).body;
        let numbers = list["items"].as_array().unwrap().iter();
        numbers.map(|item| item["number"].as_u64().unwrap()).collect()
    }

    fn create(&self) -> String {
        let created = self.server.post("/api/workflows", &greeting("first"));
        format!("/api/workflows/{}", created.body["id"].as_str().unwrap())
    }
}

/// Whoever comes second is told so, and of what was refused nothing stays.
#[test]
fn publishing_while_others_write_leaves_nothing_half_written() {
    let world = World::open();
    let path = world.create();
    let publish = format!("{path}/publish");
    let mut published = 0;
    for round in 0..40 {
        let etag = format!("\"{}\"", world.server.get(&path).body["etag"]);
        let document = greeting(&format!("round {round}"));
        let tag = [("if-match", etag.as_str())];
        let answers = std::thread::scope(|scope| {
            let publish = || world.server.post(&publish, &json!({}));
            let publishing = [scope.spawn(publish), scope.spawn(publish)];
            // Earlier, later and in between; at the end after it.
            std::thread::sleep(Duration::from_micros(500) * round);
            let put = world.send(Method::PUT, &path, &tag, &document);
            let answers = publishing.map(|asked| asked.join().unwrap());
            let [first, second] = answers;
            [first, second, put]
        });
        for answer in &answers {
            match answer.status {
                201 => published += 1,
                200 | 412 => {}
                _ => panic!("{}", answer.body),
            }
        }
        let latest = world.server.get(&path).body["latest"].as_u64().unwrap();
        assert_eq!(latest, published, "round {round}");
        assert_eq!(world.versions(&path), (1..=latest).rev().collect::<Vec<u64>>());
        let next = latest + 1;
        assert_eq!(world.server.get(&format!("{path}/versions/{next}")).status, 404);
        let start = world
            .server
            .post(&format!("{path}/runs"), &json!({ "version": next }));
        assert_eq!(start.status, 404, "{}", start.body);
    }
    assert!(published > 0);
}

#[test]
fn a_draft_with_problems_leaves_what_is_published() {
    let world = World::open();
    let path = world.create();
    let published = world.server.post(&format!("{path}/publish"), &json!({}));
    assert_eq!((published.status, &published.body["number"]), (201, &json!(1)));
    let mut wrong = greeting("second");
    wrong["nodes"][1]["type"] = json!("no-such-node@1");
    let replaced = world.send(Method::PUT, &path, &[("if-match", "\"2\"")], &wrong);
    assert_eq!(replaced.status, 200, "{}", replaced.body);
    for headers in [&[][..], &[("idempotency-key", "wrong")]] {
        let refused = world.send(Method::POST, &format!("{path}/publish"), headers, &json!({}));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!("workflow-invalid"))
        );
    }
    let left = world.server.get(&path).body;
    assert_eq!(
        (&left["published"], &left["latest"], &left["etag"]),
        (&json!(1), &json!(1), &json!(3))
    );
    assert_eq!(world.versions(&path), [1]);
    let id = path.rsplit('/').next().unwrap();
    let run = world.server.run(id, &json!({}));
    assert_eq!(run["result"][0]["items"][0]["greeting"], "first", "{run}");
}

#[test]
fn a_key_creates_publishes_and_uploads_once() {
    let world = World::open();
    let create = |key: &str, text: &str| world.with_key("/api/workflows", key, &greeting(text));
    let (first, second) = (create("order-7", "first"), create("order-7", "first"));
    assert_eq!((first.status, second.status), (201, 201), "{}", second.body);
    assert_eq!(first.body, second.body, "what the key made");
    create("order-7", "another").is_problem(422, "idempotency-key-reused");
    let other = create("order-8", "first");
    assert_ne!(other.body["id"], first.body["id"]);
    let list = world.server.get("/api/workflows").body;
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");

    let path = |of: &Answer| format!("/api/workflows/{}", of.body["id"].as_str().unwrap());
    let (own, others) = (path(&first), path(&other));
    let publish = |path: &str, key: &str| world.with_key(&format!("{path}/publish"), key, &json!({}));
    for (path, key, number) in [
        (&own, "release", 1),
        (&own, "release", 1),
        (&own, "next", 2),
        (&own, "release", 1),
        (&others, "release", 1),
    ] {
        let published = publish(path, key);
        assert_eq!(
            (published.status, &published.body["number"]),
            (201, &json!(number))
        );
    }
    let numbers: Vec<Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| publish(&own, "at-once"))).collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap().body["number"].clone())
            .collect()
    });
    assert_eq!(numbers, vec![json!(3); 8]);
    assert_eq!(world.versions(&own), [3, 2, 1]);

    let again = create("order-7", "first");
    assert_eq!(
        (&again.body["id"], &again.body["latest"]),
        (&first.body["id"], &json!(3))
    );
    let gone = world.server.send(Method::DELETE, &own, &[], None).unwrap();
    assert_eq!(gone.status, 204);
    let anew = create("order-7", "first");
    assert_ne!(
        anew.body["id"], first.body["id"],
        "a deleted workflow frees its key"
    );

    for path in ["/api/workflows", "/api/node-types", &format!("{others}/publish")] {
        let bad = world.with_key(path, "a b", &json!({}));
        assert_eq!(
            (bad.status, &bad.body["code"]),
            (400, &json!("invalid-idempotency-key")),
            "{path}"
        );
    }
}
