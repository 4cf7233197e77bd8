//! Looks for a way out.

use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use wasip2::cli::environment;
use wasip2::filesystem::preopens::get_directories;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};
use wasip2::random::{insecure, insecure_seed, random};

use crate::{Answer, fail, say};

pub fn run(mode: &str, params: &Value) -> Option<Answer> {
    Some(match mode {
        "environment" => say(json!({
            "variables": environment::get_environment().len(),
            "arguments": environment::get_arguments().len(),
            "folder": environment::initial_cwd(),
        })),
        "files" => say(json!({
            "preopened": get_directories().len(),
            "read": said(std::fs::read("/etc/passwd")),
            "write": said(std::fs::write("probe.txt", "x")),
            "list": said(std::fs::read_dir("/")),
            "standardInput": std::io::read_to_string(std::io::stdin()).unwrap_or("closed".into()),
        })),
        "sockets" => say(json!({
            "connect": said(TcpStream::connect(("127.0.0.1", params["port"].as_u64().unwrap_or(80) as u16))),
            "listen": said(TcpListener::bind("127.0.0.1:0")),
            "udp": said(UdpSocket::bind("127.0.0.1:0")),
        })),
        "dns" => say(json!(said("localhost:80".to_socket_addrs()))),
        "clocks" => {
            let wall = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map(|now| now.as_millis() as u64);
            let started = Instant::now();
            let moved = (0..1_000).map(|_| Instant::now()).max() > Some(started);
            say(json!({ "wallMs": wall.unwrap_or_default(), "moved": moved }))
        }
        "random" => say(json!({
            "secure": random::get_random_bytes(16),
            "insecure": insecure::get_insecure_random_u64().to_string(),
            "seed": format!("{:?}", insecure_seed::insecure_seed()),
        })),
        "http" => http(params["url"].as_str().unwrap_or_default()),
        _ => return None,
    })
}

fn said<T>(result: std::io::Result<T>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "worked".to_owned())
}

/// `GET` of `http://host:port/path`; says the status or the error.
fn http(url: &str) -> Answer {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let request = OutgoingRequest::new(Fields::new());
    _ = request.set_scheme(Some(&Scheme::Http));
    _ = request.set_authority(Some(authority));
    _ = request.set_path_with_query(Some(&format!("/{path}")));
    let response = outgoing_handler::handle(request, None).and_then(|response| {
        response.subscribe().block();
        response.get().expect("it is ready").expect("it was not taken")
    });
    match response {
        Ok(response) => say(json!(response.status())),
        Err(error) => fail("request-failed", &format!("{error:?}")),
    }
}
