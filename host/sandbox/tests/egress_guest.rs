//! The egress policy as a real guest meets it: `nodes/_probe-http` in the sandbox, real servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use monshyflow_capabilities::Powers;
use monshyflow_capabilities::http::{Audit, Egress, EgressConfig, HttpAccess, HttpGrant, Resolver};
use monshyflow_sandbox::{
    Budget, Call, CompileChild, Config, Context, EmittedItem, Loaded, Outcome, Params, Sandbox,
};
use monshyflow_testkit::http::HttpServer;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("components-of-egress");
        std::fs::create_dir_all(&cache).unwrap();
        let compile = CompileChild {
            program: env!("CARGO_BIN_EXE_monshyflow-compile").into(),
            args: Vec::new(),
            max_time: Duration::from_secs(60),
            max_memory: 3 << 30,
        };
        let config = Config {
            cache,
            key: [7; 32],
            compile,
            calls: 16,
        };
        Sandbox::new(config).unwrap()
    })
}

async fn probe() -> &'static Loaded {
    static PROBE: OnceCell<Loaded> = OnceCell::const_new();
    let load = async || {
        sandbox()
            .load(Bytes::from(monshyflow_testkit::http_probe()))
            .await
    };
    PROBE.get_or_init(async || load().await.unwrap()).await
}

/// A node with the grant `*` in a tenant for which an operator allowed one internal server.
struct Node {
    egress: Arc<Egress>,
    budget: Budget,
}

impl Node {
    fn new(config: EgressConfig) -> Self {
        let budget = Budget {
            wall: Duration::from_secs(20),
            ..Budget::default()
        };
        Self {
            egress: Arc::new(Egress::new(config)),
            budget,
        }
    }

    async fn call(&self, params: Value) -> (Outcome, UnboundedReceiver<Audit>) {
        let (sender, audits) = unbounded_channel();
        let grant = Arc::new(HttpGrant::parse(["*"]).unwrap());
        let egress = Arc::clone(&self.egress);
        let powers = Powers {
            http: Some(HttpAccess { grant, egress }),
            http_audit: Some(Arc::new(move |audit| _ = sender.send(audit))),
            ..Powers::default()
        };
        let params = params.to_string();
        let call = Call {
            params: Params::Shared(&params),
            inputs: &[],
            context: Context {
                run_id: "run-1",
                step_id: "run-1/node/0",
                node_name: "Probe",
                workflow_name: "Egress",
                attempt: 1,
                iteration: &[],
                run_time_ms: 0.0,
                time_zone: "UTC",
                keep_going: false,
            },
            ports: &["out"],
        };
        (
            sandbox().call(probe().await, call, powers, &self.budget).await,
            audits,
        )
    }

    async fn ask(&self, params: Value) -> Value {
        let (outcome, _) = self.call(params).await;
        let emitted = outcome
            .result
            .unwrap_or_else(|error| panic!("{}: {}", error.code, error.message));
        match emitted.ports[0].items.as_slice() {
            [EmittedItem::Created { json, .. }] => json.to_value().unwrap(),
            other => panic!("not one item: {other:?}"),
        }
    }

    /// Code and message of the step's error.
    async fn refused(&self, params: Value) -> (String, String) {
        let error = self
            .call(params)
            .await
            .0
            .result
            .expect_err("the guest got away with it");
        (error.code.to_string(), error.message)
    }
}

fn internal(server: &HttpServer) -> EgressConfig {
    EgressConfig {
        internal: vec![server.address().to_string().parse().unwrap()],
        ..EgressConfig::default()
    }
}

fn one(server: &HttpServer, path: &str) -> Value {
    json!({ "mode": "one", "authority": server.address().to_string(), "path": path })
}

fn with(mut params: Value, name: &str, value: impl Into<Value>) -> Value {
    params[name] = value.into();
    params
}

#[tokio::test]
async fn a_guest_reaches_what_was_allowed_and_the_cost_counts_it() {
    let server = HttpServer::start().await.unwrap();
    let node = Node::new(internal(&server));
    let params = with(
        with(one(&server, "/chunked/100000?token=secret"), "method", "POST"),
        "body",
        50_000,
    );
    let (outcome, mut audits) = node.call(params).await;
    outcome.result.unwrap();
    assert!(
        outcome.cost.capabilities.contains(&("http", 1)),
        "{:?}",
        outcome.cost
    );
    let audit = audits.recv().await.unwrap();
    assert_eq!(
        (audit.path.as_str(), audit.status),
        ("/chunked/100000", Some(200))
    );
    assert_eq!((audit.bytes_up, audit.bytes_down), (50_000, 100_000));
    assert_eq!(server.ledger().requests()[0].body.len(), 50_000);
}

#[tokio::test]
async fn special_addresses_end_the_step_as_denied() {
    let node = Node::new(EgressConfig::default());
    for authority in [
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "198.18.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[fd00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "localhost",
        "LocalHost.",
    ] {
        let params = json!({ "mode": "one", "authority": authority });
        let (code, message) = node.refused(params).await;
        assert_eq!(code, "denied", "{authority}: {message}");
        assert!(message.contains("http: http://"), "{authority}: {message}");
        assert!(
            message.contains("which nodes may not reach"),
            "{authority}: {message}"
        );
    }
    for authority in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0xa9fea9fe"] {
        let params = json!({ "mode": "one", "authority": authority });
        let (code, message) = node.refused(params).await;
        assert_eq!(code, "request-failed", "{authority}: {message}");
        assert!(
            message.contains("HttpRequestUriInvalid"),
            "{authority}: {message}"
        );
    }
}

#[tokio::test]
async fn redirects_into_the_inside_are_denied_when_followed() {
    let server = HttpServer::start().await.unwrap();
    let other = HttpServer::start().await.unwrap();
    let node = Node::new(internal(&server));
    for target in [other.url("/echo"), "http://169.254.169.254/latest".to_owned()] {
        let params = with(
            one(&server, &format!("/redirect/307?to={target}")),
            "mode",
            "follow",
        );
        let (code, message) = node.refused(params.clone()).await;
        assert_eq!(code, "denied", "{message}");
        let asked = node.ask(with(params, "mode", "one")).await;
        assert_eq!(
            (&asked["status"], &asked["location"]),
            (&json!(307), &json!(target))
        );
    }
    assert!(other.ledger().is_empty());
}

#[tokio::test]
async fn names_that_change_their_answer_gain_nothing() {
    let server = HttpServer::start().await.unwrap();
    let asked = std::sync::atomic::AtomicUsize::new(0);
    // Public by the policy, but nothing is routed there; then loopback.
    let resolver = Resolver::fixed(
        move |_| match asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => vec!["2d00::1".parse().unwrap()],
            _ => vec!["127.0.0.1".parse().unwrap()],
        },
    );
    let node = Node::new(EgressConfig {
        resolver,
        ..internal(&server)
    });
    let authority = format!("rebinding.example:{}", server.port());
    let params = json!({ "mode": "one", "authority": authority, "timeoutNs": 500_000_000 });
    let (_, first) = node.refused(params.clone()).await;
    assert!(
        first.contains("DestinationUnavailable") || first.contains("ConnectionTimeout"),
        "{first}"
    );
    let (code, second) = node.refused(params).await;
    assert_eq!(code, "denied", "{second}");
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn ambiguous_requests_never_leave() {
    let server = HttpServer::start().await.unwrap();
    let node = Node::new(internal(&server));
    let authority = server.address().to_string();
    for (name, value, expected) in [
        (
            "authority",
            json!(format!("user:password@{authority}")),
            "HttpRequestUriInvalid",
        ),
        (
            "authority",
            json!(format!("a.example@{authority}")),
            "HttpRequestUriInvalid",
        ),
        ("authority", json!(format!("{authority}/x")), "authority refused"),
        (
            "authority",
            json!(format!("{authority}\r\nx: y")),
            "authority refused",
        ),
        ("authority", json!(""), "refused|HttpRequestUriInvalid"),
        ("path", json!("http://169.254.169.254/latest"), "path refused"),
        ("path", json!("*"), "path refused"),
        ("path", json!("/a\r\nHost: evil.example"), "path refused"),
        (
            "headers",
            json!([["x", "a\r\nhost: evil.example"]]),
            "header refused: HeaderError::InvalidSyntax",
        ),
        (
            "headers",
            json!([["x\r\n", "a"]]),
            "header refused: HeaderError::InvalidSyntax",
        ),
        (
            "headers",
            json!([["Host", "169.254.169.254"]]),
            "header refused: HeaderError::Forbidden",
        ),
        (
            "headers",
            json!([["Transfer-Encoding", "chunked"]]),
            "header refused: HeaderError::Forbidden",
        ),
        (
            "headers",
            json!([["Content-Length", "1"], ["Content-Length", "2"]]),
            "header refused",
        ),
        (
            "headers",
            json!([["Content-Length", "7"]]),
            "HttpRequestBodySize|HttpProtocolError",
        ),
        ("method", json!("CONNECT"), "HttpRequestMethodInvalid"),
        ("method", json!("TRACE"), "HttpRequestMethodInvalid"),
        ("method", json!("G ET"), "method refused"),
        ("scheme", json!("file"), "HttpProtocolError"),
    ] {
        let params = with(one(&server, "/echo"), name, value.clone());
        let (code, message) = node.refused(params).await;
        assert_eq!(code, "request-failed", "{name} {value}: {message}");
        let found = expected.split('|').any(|text| message.contains(text));
        assert!(found, "{name} {value}: {message}");
    }
    let long = with(
        one(&server, &"a".repeat(1024)),
        "path",
        "/".to_owned() + &"a".repeat(1023),
    );
    for (repeat, expected) in [(20, "HttpRequestUriTooLong"), (8 * 1024, "path refused")] {
        let (_, message) = node.refused(with(long.clone(), "pathRepeat", repeat)).await;
        assert!(message.contains(expected), "{repeat}: {message}");
    }
    assert!(server.ledger().is_empty());
}

#[tokio::test]
async fn endless_and_slow_bodies_are_bounded() {
    let server = HttpServer::start().await.unwrap();
    let mut config = internal(&server);
    config.limits.response_body_bytes = 1_000_000;
    config.limits.request_body_bytes = 1_000_000;
    let mut node = Node::new(config);
    let (_, message) = node.refused(one(&server, "/endless")).await;
    assert!(
        message.contains("HttpResponseBodySize(Some(1000000))"),
        "{message}"
    );
    let upload = with(with(one(&server, "/echo"), "method", "POST"), "body", 2_000_000);
    let (_, message) = node.refused(upload).await;
    assert!(
        message.contains("HttpRequestBodySize(Some(1000000))"),
        "{message}"
    );
    let stalled = with(one(&server, "/stall/10"), "timeoutNs", 300_000_000);
    let (_, message) = node.refused(stalled).await;
    assert!(message.contains("ConnectionReadTimeout"), "{message}");
    // Always moving, never over the cap: the call's deadline ends it.
    node.budget.wall = Duration::from_secs(1);
    let (code, message) = node.refused(one(&server, "/slow/100000/10")).await;
    assert_eq!(code, "timed-out", "{message}");
}

#[tokio::test]
async fn zero_and_huge_timeouts_are_clamped() {
    let server = HttpServer::start().await.unwrap();
    let mut config = internal(&server);
    config.limits.first_byte.default = Duration::from_millis(700);
    config.limits.first_byte.longest = Duration::from_millis(700);
    let node = Node::new(config);
    for asked in [0, u64::MAX] {
        let quick = with(one(&server, "/delay/100"), "timeoutNs", asked);
        assert_eq!(node.ask(quick).await["status"], 200, "{asked}");
        let slow = with(one(&server, "/delay/60000"), "timeoutNs", asked);
        let (_, message) = node.refused(slow).await;
        assert!(message.contains("HttpResponseTimeout"), "{asked}: {message}");
    }
}

#[tokio::test]
async fn too_many_requests_end_the_step_as_denied() {
    let server = HttpServer::start().await.unwrap();
    let mut config = internal(&server);
    config.limits.requests_per_call = 50;
    let node = Node::new(config);
    let many = with(with(one(&server, "/status/200"), "mode", "many"), "count", 51);
    let (code, message) = node.refused(many.clone()).await;
    assert_eq!(code, "denied");
    assert!(
        message.contains("one call of a node may send 50 requests"),
        "{message}"
    );
    assert_eq!(node.ask(with(many, "count", 50)).await, json!(50));
    assert_eq!(server.ledger().len(), 100);
}

#[tokio::test]
async fn what_a_call_holds_ends_with_it() {
    let server = HttpServer::start().await.unwrap();
    let mut config = internal(&server);
    config.limits.connections = 8;
    let mut node = Node::new(config);
    node.budget.wall = Duration::from_secs(1);
    for _ in 0..3 {
        // Each call takes every connection of the tenant and sleeps with unread bodies.
        let hold = with(with(one(&server, "/endless"), "mode", "hold"), "count", 8);
        let (outcome, mut audits) = node.call(hold).await;
        assert_eq!(outcome.result.unwrap_err().code.as_str(), "timed-out");
        for _ in 0..8 {
            assert_eq!(audits.recv().await.unwrap().status, Some(200));
        }
    }
    node.budget.wall = Duration::from_secs(20);
    assert_eq!(node.ask(one(&server, "/status/200")).await["status"], 200);
}
