use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use monshyflow_capabilities::Powers;
use monshyflow_capabilities::blobs::{BlobError, BlobPower, BlobStore, BlobWriter, StoredBlob};
use monshyflow_capabilities::response::{Body, Response};
use serde_json::{Value, json};

use crate::harness::*;

/// What the guest was told of each of its answers.
async fn told(answers: Value) -> Vec<String> {
    let told = ask(json!({ "mode": "respond", "answers": answers })).await;
    let told = told.as_array().unwrap().iter();
    told.map(|told| told.as_str().unwrap().to_owned()).collect()
}

async fn given(answer: Value) -> Response {
    let outcome = call(json!({ "mode": "respond", "answers": [answer] })).await;
    assert!(outcome.cost.capabilities.contains(&("response", 1)));
    outcome.result.unwrap().response.unwrap()
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    headers.iter().map(pair).collect()
}

#[tokio::test]
async fn an_answer_is_part_of_the_result() {
    let headers = json!([
        ["X-A", "1"],
        ["Set-Cookie", "a=1; Path=/"],
        ["set-cookie", "b=\"\t\""]
    ]);
    let answer = given(json!({ "status": 201, "headers": headers, "text": "ü\r\n" })).await;
    let expected = pairs(&[
        ("x-a", "1"),
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "b=\"\t\""),
        ("content-type", "text/plain; charset=utf-8"),
    ]);
    assert_eq!(answer.headers, expected);
    assert_eq!((answer.status, answer.body), (201, Body::Text("ü\r\n".into())));
    let own_type = given(json!({ "headers": [["CONTENT-TYPE", "text/html"]], "text": "" })).await;
    assert_eq!(own_type.headers, pairs(&[("content-type", "text/html")]));
    let bare = given(json!({ "status": 599 })).await;
    assert_eq!((bare.headers, bare.body), (Vec::new(), Body::Empty));
    let none = call(json!({ "mode": "respond", "answers": [] }))
        .await
        .result
        .unwrap();
    assert_eq!(none.response, None);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_says_why() {
    let header = |name: &str, value: &str| json!({ "headers": [[name, value]] });
    for (answer, why) in [
        (
            header("x", "1\r\nset-cookie: evil"),
            "the value of the header `x`",
        ),
        (header("x", "1\nevil: 1"), "a line break"),
        (header("x", "1\r"), "a line break"),
        (header("x", "a\0b"), "the value of the header `x`"),
        (header("x", "\u{7f}"), "the value of the header `x`"),
        (header("x", "\u{e9}"), "the value of the header `x`"),
        (header("x\r\ny", "1"), r"`x\r\ny` is no name"),
        (header("x: y", "1"), "is no name"),
        (header("", "1"), "is no name"),
        (header("\u{fc}", "1"), "is no name"),
        (header("Transfer-Encoding", "chunked"), "the host's to set"),
        (header("connection", "close"), "the host's to set"),
        (header("Upgrade", "h2c"), "the host's to set"),
        (header("keep-alive", "1"), "the host's to set"),
        (header("te", "trailers"), "the host's to set"),
        (header("trailer", "x"), "the host's to set"),
        (header("proxy-authenticate", "x"), "the host's to set"),
        (header("Content-Length", "7"), "the host's to set"),
        (header("host", "example.com"), "the host's to set"),
        (
            json!({ "headers": [["content-type", "a/b"], ["Content-Type", "c/d"]] }),
            "comes twice",
        ),
        (json!({ "status": 100 }), "status 100"),
        (json!({ "status": 101 }), "status 101"),
        (json!({ "status": 199 }), "status 199"),
        (json!({ "status": 600 }), "status 600"),
        (json!({ "status": 65_535 }), "status 65535"),
        (json!({ "status": 0 }), "status 0"),
        (json!({ "status": 204, "text": "" }), "status 204 has no body"),
        (json!({ "status": 304, "text": "x" }), "status 304 has no body"),
        (json!({ "blob": 0 }), "no such blob"),
        (json!({ "blob": 4_000_000_000_u32 }), "no such blob"),
    ] {
        let told = told(json!([answer])).await;
        assert!(
            told[0].contains("Invalid") && told[0].replace("\\\\", "\\").contains(why),
            "{answer}: {told:?}"
        );
    }
    lives().await;
}

#[tokio::test]
async fn what_was_refused_sets_nothing_and_a_call_answers_once() {
    let told = told(json!([{ "status": 99 }, { "status": 201 }, { "status": 202 }, { "status": 99 }])).await;
    assert!(told[0].contains("Invalid"), "{told:?}");
    assert_eq!(told[1], "set");
    assert!(
        told[2].contains("Answered") && told[3].contains("Answered"),
        "{told:?}"
    );
    let params =
        json!({ "mode": "respond", "answers": [{ "status": 99 }, { "status": 201 }, { "status": 202 }] });
    let response = call(params).await.result.unwrap().response.unwrap();
    assert_eq!(response.status, 201);
}

#[tokio::test]
async fn there_is_an_end_to_headers_texts_and_calls() {
    let headers = async |count: u64, size: u64| {
        ask(json!({ "mode": "respond-headers", "count": count, "size": size }))
            .await
            .to_string()
    };
    assert_eq!(headers(64, 200).await, "\"set\"");
    assert!(headers(65, 0).await.contains("at most 64 headers"));
    assert!(headers(10_000, 0).await.contains("at most 64 headers"));
    assert!(headers(1, 16 << 10).await.contains("16384 bytes"));
    assert!(headers(2, 8 << 10).await.contains("16384 bytes"));
    assert!(headers(1, 10 << 20).await.contains("16384 bytes"));
    let many = |count: u64, size: u64| json!({ "mode": "respond-many", "count": count, "size": size });
    assert_eq!(ask(many(1, 8 << 20)).await, json!(0));
    assert_eq!(ask(many(2, (8 << 20) + 1)).await, json!(2));
    assert_eq!(ask(many(9_999, 10)).await, json!(9_998));
    assert_code(&refused(many(20_000, 0)).await, "host-calls", "10000");
    lives().await;
}

#[tokio::test]
async fn a_call_that_fails_or_goes_on_answers_nothing() {
    let params = |then: &str| json!({ "mode": "respond", "answers": [{ "status": 200 }], "then": then });
    assert_code(&refused(params("fail")).await, "changed-its-mind", "after all");
    let error = refused(params("wait")).await;
    assert_code(&error, "invalid-output", "only a step that is over answers");
}

struct Nothing;

impl BlobStore for Nothing {
    fn read<'a>(&'a self, _: &'a str, _: u64, _: usize) -> BoxFuture<'a, Result<bytes::Bytes, BlobError>> {
        ready(Err(BlobError("an answer is not read here".to_owned()))).boxed()
    }

    fn create(&self) -> BoxFuture<'_, Result<Box<dyn BlobWriter>, BlobError>> {
        ready(Err(BlobError("nothing is written".to_owned()))).boxed()
    }
}

#[tokio::test]
async fn a_blob_of_the_call_is_named_and_not_read() {
    let blob = StoredBlob {
        object: "tenants/a/runs/b/blobs/c".into(),
        size: 1 << 40,
    };
    let powers = Powers {
        blobs: Some(BlobPower {
            store: Arc::new(Nothing),
            inputs: vec![blob.clone()],
        }),
        ..powers()
    };
    let params = json!({ "mode": "respond", "answers": [{ "blob": 0 }] });
    let outcome = call_with(params, powers, &budget()).await;
    let response = outcome.result.unwrap().response.unwrap();
    assert_eq!(response.body, Body::Blob(blob));
    assert_eq!(
        response.headers,
        pairs(&[("content-type", "application/octet-stream")])
    );
}
