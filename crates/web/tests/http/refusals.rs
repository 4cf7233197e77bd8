//! Every way in which a request can be wrong before it reaches a handler is told as a problem that says where.

use crate::support::{Server, start};
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post, put};
use monshyflow_web::{
    ApiKey, ApiKeys, ETag, IdempotencyKey, IfMatch, Json, JsonBytes, Limit, NoBody, NoQuery, Path, Query,
    ServeConfig, Tenant,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Order {
    lines: Vec<Line>,
    note: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    amount: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    limit: Limit,
}

#[derive(Clone)]
struct State(ApiKeys);

impl FromRef<State> for ApiKeys {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

async fn server() -> Server {
    let keys = ApiKeys::new([(ApiKey::new([1; 32]).hash(), "local".parse().unwrap())]);
    let router = Router::new()
        .route("/orders", post(async |Json(order): Json<Order>| Json(order)))
        .route("/small", post(async |body: JsonBytes<16>| body.0))
        .route(
            "/maybe-body",
            post(async |body: Option<JsonBytes<16>>| format!("{:?}", body.map(|body| body.0))),
        )
        .route("/nothing", post(async |_: Query<NoQuery>, NoBody: NoBody| "done"))
        .route("/numbers/{n}", get(async |Path(n): Path<u32>| n.to_string()))
        .route(
            "/list",
            get(async |Query(filter): Query<Filter>| filter.limit.get().to_string()),
        )
        .route(
            "/version",
            put(async |IfMatch(seen): IfMatch| (ETag(seen + 1), ())),
        )
        .route("/maybe", put(async |seen: Option<IfMatch>| format!("{seen:?}")))
        .route(
            "/once",
            post(async |key: Option<IdempotencyKey>| format!("{key:?}")),
        )
        .route("/mine", get(async |Tenant(tenant): Tenant| tenant.to_string()))
        .route("/panic", get(async || -> String { panic!("the secret is 42") }))
        .with_state(State(keys));
    start(router, ServeConfig::default()).await
}

#[tokio::test]
async fn bodies_pass_or_are_told_what_is_wrong_and_where() {
    let server = server().await;
    let good = br#"{"lines":[{"amount":1}],"note":{"any":  [1,2]}}"#;
    let answer = server.post("/orders", good).await;
    assert_eq!(
        (answer.status, answer.body.as_bytes()),
        (200, &good[..]),
        "raw JSON passes byte for byte"
    );

    let answer = server
        .post("/orders", b"{\"lines\":[{\"amount\":1},\n {\"amuont\":2}]}")
        .await;
    let detail = answer.problem(422, "invalid-body");
    assert!(
        detail.contains("unknown field `amuont`") && detail.contains("/lines/1"),
        "{detail}"
    );
    assert_eq!(answer.json()["line"], 2);

    let answer = server.post("/orders", br#"{"lines":[{"amount":-1}]}"#).await;
    let detail = answer.problem(422, "invalid-body");
    assert_eq!(answer.json()["pointer"], "/lines/0/amount", "{detail}");

    for (body, says) in [
        (r#"[[],null]"#, "send an object"),
        (r#""text""#, "expected an object"),
        (r#"{"lines":[7]}"#, "expected an object"),
    ] {
        let detail = server
            .post("/orders", body.as_bytes())
            .await
            .problem(422, "invalid-body");
        assert!(detail.contains(says) && !detail.contains("struct"), "{detail}");
    }

    let answer = server.post("/orders", br#"{"lines":[{"amount":"#).await;
    let detail = answer.problem(400, "malformed-json");
    assert!(detail.starts_with("line 1, column 20: EOF"), "{detail}");
    server
        .post("/orders", br#"{"lines":[]} {}"#)
        .await
        .problem(400, "malformed-json");
    server.post("/orders", b"").await.problem(400, "malformed-json");

    let answer = server.post("/orders", b"{\"lines\":[],\"note\":\"\xff\"}").await;
    assert!(
        answer.problem(400, "invalid-utf8").contains("offset 20"),
        "{}",
        answer.body
    );
    let deep = format!("{{\"lines\":{}", "[".repeat(10_000));
    server
        .post("/orders", deep.as_bytes())
        .await
        .problem(422, "invalid-body");
}

#[tokio::test]
async fn a_long_name_is_not_sent_back_whole() {
    let server = server().await;
    let body = format!(r#"{{"{}":1}}"#, "x".repeat(100_000));
    let answer = server.post("/orders", body.as_bytes()).await;
    answer.problem(422, "invalid-body");
    assert!(answer.body.len() < 3_000, "{} bytes", answer.body.len());
}

#[tokio::test]
async fn media_types_and_sizes_are_checked_before_the_body_is_read() {
    let server = server().await;
    for content_type in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/jsonp")],
    ] {
        server
            .send("POST", "/orders", content_type, b"{}")
            .await
            .problem(415, "unsupported-media-type");
    }
    let with_charset = [("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(
        server
            .send("POST", "/orders", &with_charset, br#"{"lines":[]}"#)
            .await
            .status,
        200
    );

    assert_eq!(
        server.post("/small", b"[1,2,3,4,5,6,78]").await.body,
        "[1,2,3,4,5,6,78]"
    );
    let answer = server.post("/small", b"[1,2,3,4,5,6,789]").await;
    assert!(answer.problem(413, "body-too-large").contains("16 bytes"));
    assert_eq!(answer.json()["maxBytes"], 16);
    let announced = b"POST /small HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n";
    server.raw(announced).await.problem(413, "body-too-large");
    let chunked = b"POST /small HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n11\r\n[1,2,3,4,5,6,789]\r\n0\r\n\r\n";
    server.raw(chunked).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn clients_that_send_everything_first_still_read_the_refusal() {
    let server = server().await;
    let large = vec![b' '; 8 << 20];
    server.post("/small", &large).await.problem(413, "body-too-large");
    server
        .send("POST", "/small", &[("content-type", "text/plain")], &large)
        .await
        .problem(415, "unsupported-media-type");
    let mut chunked =
        b"POST /small HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n800000\r\n"
            .to_vec();
    chunked.extend_from_slice(&large);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    server.raw(&chunked).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_body_may_be_left_out_where_it_is_optional() {
    let server = server().await;
    assert_eq!(server.send("POST", "/maybe-body", &[], b"").await.body, "None");
    let chunked = b"POST /maybe-body HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(server.raw(chunked).await.body, "None");
    assert_eq!(server.post("/maybe-body", b"[]").await.body, "Some(b\"[]\")");
    server
        .send("POST", "/maybe-body", &[], b"[]")
        .await
        .problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn where_nothing_is_read_nothing_is_taken() {
    let server = server().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for nothing in [
        server.send("POST", "/nothing", &[], b"").await,
        server.send("POST", "/nothing", &form, b"").await,
        server.post("/nothing", b"").await,
        server.post("/nothing", b"{}").await,
    ] {
        assert_eq!((nothing.status, nothing.body.as_str()), (200, "done"));
    }
    let chunked = b"POST /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(server.raw(chunked).await.body, "done");
    let detail = server.post("/nothing", br#"{"force":true}"#).await;
    let detail = detail.problem(422, "invalid-body");
    assert!(detail.contains("unknown field `force`"), "{detail}");
    for (body, status, code) in [
        (&b"[]"[..], 422, "invalid-body"),
        (b"[1]", 422, "invalid-body"),
        (b"null", 422, "invalid-body"),
        (b"{", 400, "malformed-json"),
        (b"\xff", 400, "invalid-utf8"),
        (&[b' '; 70_000], 413, "body-too-large"),
    ] {
        server.post("/nothing", body).await.problem(status, code);
    }
    server
        .send("POST", "/nothing", &form, b"force=true")
        .await
        .problem(415, "unsupported-media-type");
    let detail = server.send("POST", "/nothing?wait=1", &[], b"").await;
    let detail = detail.problem(400, "invalid-query");
    assert!(detail.contains("unknown field `wait`"), "{detail}");
    assert_eq!(server.send("POST", "/nothing?", &[], b"").await.status, 200);
}

#[tokio::test]
async fn paths_queries_and_methods() {
    let server = server().await;
    assert_eq!(server.get("/numbers/7").await.body, "7");
    server.get("/numbers/seven").await.problem(404, "not-found");
    server.get("/numbers/%ff").await.problem(400, "invalid-path");
    server.get("/nowhere").await.problem(404, "not-found");
    let answer = server.get("/orders").await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST"));

    assert_eq!(server.get("/list").await.body, "50");
    assert_eq!(server.get("/list?limit=200").await.body, "200");
    for bad in [
        "/list?limit=0",
        "/list?limit=201",
        "/list?limit=x",
        "/list?limit=-1",
        "/list?limti=3",
    ] {
        let detail = server.get(bad).await.problem(400, "invalid-query");
        assert!(detail.contains("lim"), "{bad}: {detail}");
    }
}

#[tokio::test]
async fn preconditions_and_idempotency_keys() {
    let server = server().await;
    let put = async |path: &'static str, tag: &'static str| {
        server.send("PUT", path, &[("if-match", tag)], b"").await
    };
    assert_eq!(put("/version", "\"6\"").await.header("etag"), Some("\"7\""));
    server
        .send("PUT", "/version", &[], b"")
        .await
        .problem(428, "precondition-required");
    for never in ["\"abc\"", "\"-1\"", "\"\""] {
        put("/version", never).await.problem(412, "precondition-failed");
    }
    for bad in ["6", "*", "W/\"6\"", "\"6\", \"7\"", "\""] {
        put("/version", bad).await.problem(400, "invalid-if-match");
    }
    assert_eq!(server.send("PUT", "/maybe", &[], b"").await.body, "None");

    let once = async |key: &str| {
        server
            .send("POST", "/once", &[("idempotency-key", key)], b"")
            .await
    };
    assert_eq!(once("order-7").await.body, r#"Some(IdempotencyKey("order-7"))"#);
    assert_eq!(server.send("POST", "/once", &[], b"").await.body, "None");
    for bad in ["", "a b", "ä", &"x".repeat(201)] {
        once(bad).await.problem(400, "invalid-idempotency-key");
    }
}

#[tokio::test]
async fn only_a_known_key_has_a_tenant() {
    let server = server().await;
    let with = async |value: String| {
        server
            .send("GET", "/mine", &[("authorization", &value)], b"")
            .await
    };
    let key = ApiKey::new([1; 32]);
    assert_eq!(with(format!("Bearer {}", key.as_str())).await.body, "local");
    assert_eq!(with(format!("bearer  {}", key.as_str())).await.body, "local");
    let answer = server.get("/mine").await;
    answer.problem(401, "unauthenticated");
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer realm=\"monshyflow\"")
    );
    let other = ApiKey::new([2; 32]).as_str().to_owned();
    for bad in [
        format!("Bearer {other}"),
        "Bearer".into(),
        "Bearer ".into(),
        key.as_str().to_owned(),
        format!("Basic {}", key.as_str()),
    ] {
        let answer = with(bad).await;
        answer.problem(401, "unauthenticated");
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .contains("invalid_token")
        );
    }
}

#[tokio::test]
async fn a_panic_tells_nothing_and_the_server_lives() {
    let server = server().await;
    let answer = server.get("/panic").await;
    answer.problem(500, "internal");
    assert!(!answer.body.contains("42"));
    assert_eq!(server.get("/list").await.status, 200);
}

#[tokio::test]
async fn every_answer_is_framed() {
    let server = server().await;
    for path in ["/list", "/nowhere", "/panic"] {
        let answer = server.get(path).await;
        assert!(answer.header("x-request-id").unwrap().len() > 16);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let named = server
        .send("GET", "/list", &[("x-request-id", "gateway-1")], b"")
        .await;
    assert_eq!(named.header("x-request-id"), Some("gateway-1"));
    let hostile = server
        .send("GET", "/list", &[("x-request-id", "a b=\"c\"")], b"")
        .await;
    assert_ne!(hostile.header("x-request-id"), Some("a b=\"c\""));
}
