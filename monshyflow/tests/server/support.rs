//! The real server as a process, and its API as a client sees it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) key: String,
    arguments: Vec<String>,
    data: PathBuf,
}

/// Where a server is, and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) address: String,
    key: String,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        let answered = (self.status, &self.body["code"]);
        assert_eq!(answered, (status, &Value::from(code)), "{}", self.body);
    }
}

/// Where `cargo xtask nodes` put the built nodes.
pub(crate) fn nodes() -> PathBuf {
    let folder = std::env::var_os("MONSHYFLOW_NODES_DIR").map(PathBuf::from);
    folder.expect(
        "MONSHYFLOW_NODES_DIR names the folder with the built nodes: run the tests with `cargo xtask test`",
    )
}

/// In which the commands find the folder of compiled components that servers are given.
pub(crate) const USER_CACHE: &str = env!("CARGO_TARGET_TMPDIR");

/// Programs start one after the other: the first compiles what the others then find.
pub(crate) fn turn_to_start() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// On a free port, with more arguments for `serve`.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        let _turn = turn_to_start();
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (child, shown) = spawn(&address, data, &arguments);
        let key = shown
            .recv_timeout(Duration::from_secs(300))
            .expect("the first start shows an API key");
        let server = Self {
            child,
            address,
            key,
            arguments,
            data: data.to_owned(),
        };
        server.wait_until_ready();
        server
    }

    /// SIGKILL, and the same server again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    pub(crate) fn restart(&mut self) {
        (self.child, _) = spawn(&self.address, &self.data, &self.arguments);
        self.wait_until_ready();
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(120) {
            let answer = ureq::get(format!("http://{}/readyz", self.address)).call();
            if answer.is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server did not become ready");
    }

    /// For another thread, which goes on while the server is killed.
    pub(crate) fn client(&self) -> Client {
        Client {
            address: self.address.clone(),
            key: self.key.clone(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client().try_get(path).expect("the server answers")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.client()
            .try_post(path, &[], body)
            .expect("the server answers")
    }

    pub(crate) fn send(
        &self,
        method: ureq::http::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Option<Answer> {
        self.client().send(method, path, headers, body)
    }

    /// Creates and publishes a workflow; answers its id.
    pub(crate) fn publish(&self, document: &Value) -> String {
        let created = self.post("/api/workflows", document);
        assert_eq!(created.status, 201, "{}", created.body);
        let id = created.body["id"].as_str().unwrap().to_owned();
        let published = self.post(&format!("/api/workflows/{id}/publish"), &json!({}));
        assert!(published.status < 300, "{}", published.body);
        id
    }

    /// Starts the published version and waits for its end.
    pub(crate) fn run(&self, workflow: &str, input: &Value) -> Value {
        let answer = self.post(
            &format!("/api/workflows/{workflow}/runs"),
            &json!({"input": input, "wait": true}),
        );
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// All events of a run that has ended, as SSE gives them, after the given sequence number.
    pub(crate) fn events(&self, run: &str, after: u64) -> Vec<Value> {
        let headers = [("last-event-id", after.to_string())];
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = self
            .send(
                ureq::http::Method::GET,
                &format!("/api/runs/{run}/events"),
                &headers,
                None,
            )
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(
            answer.content_type.starts_with("text/event-stream"),
            "{}",
            answer.content_type
        );
        let text = answer
            .body
            .as_str()
            .expect("an event stream is not JSON")
            .to_owned();
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.map(|data| serde_json::from_str(data.trim()).unwrap())
            .collect()
    }
}

impl Client {
    pub(crate) fn try_get(&self, path: &str) -> Option<Answer> {
        self.send(ureq::http::Method::GET, path, &[], None)
    }

    /// Nothing if the server is not there.
    pub(crate) fn try_post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Option<Answer> {
        self.send(
            ureq::http::Method::POST,
            path,
            headers,
            Some(body.to_string().into_bytes()),
        )
    }

    pub(crate) fn send(
        &self,
        method: ureq::http::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Option<Answer> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.key));
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => agent.run(request.body(body).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.ok()?;
        let content_type = answer
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let text = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Some(Answer {
            status: answer.status().as_u16(),
            content_type,
            body,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(
    clippy::print_stderr,
    reason = "what the server said belongs to a failed test"
)]
fn spawn(address: &str, data: &Path, arguments: &[String]) -> (Child, mpsc::Receiver<String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_monshyflow"))
        .args(["serve", "--listen", address, "--data"])
        .arg(data)
        .arg("--nodes")
        .arg(nodes())
        // Compiled once for all servers of all tests.
        .args([
            "--cache",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/monshyflow/components"),
        ])
        .args(arguments)
        .env("RUST_LOG", "warn")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let said = child.stderr.take().unwrap();
    let (sender, shown) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if let Some(at) = line.find("mfk_") {
                let _ = sender.send(line[at..].trim().to_owned());
            }
            if line.contains("WARN") || line.contains("ERROR") || line.contains("panicked") {
                eprintln!("server: {line}");
            }
        }
    });
    (child, shown)
}
