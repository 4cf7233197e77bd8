use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use monshyflow_capabilities::Powers;
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn there_is_no_environment() {
    let nothing = json!({ "variables": 0, "arguments": 0, "folder": null });
    assert_eq!(ask(json!({ "mode": "environment" })).await, nothing);
}

#[tokio::test]
async fn there_are_no_files() {
    let answer = ask(json!({ "mode": "files" })).await;
    assert_eq!(
        (&answer["preopened"], &answer["standardInput"]),
        (&json!(0), &json!(""))
    );
    for way in ["read", "write", "list"] {
        assert_ne!(answer[way], "worked", "{way}: {answer}");
    }
}

#[tokio::test]
async fn there_are_no_sockets_and_no_names() {
    // Somebody would answer.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    listener.accept().unwrap();
    let answer = ask(json!({ "mode": "sockets", "port": port })).await;
    for way in ["connect", "listen", "udp"] {
        assert_ne!(answer[way], "worked", "{answer}");
    }
    listener.set_nonblocking(true).unwrap();
    let nobody = listener.accept().map(drop).unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    assert_ne!(ask(json!({ "mode": "dns" })).await, "worked");
}

#[tokio::test]
async fn the_clock_shows_the_runs_time_unless_the_real_one_is_granted() {
    let answer = ask(json!({ "mode": "clocks" })).await;
    assert_eq!(answer, json!({ "wallMs": RUN_TIME_MS, "moved": true }));
    let real = Powers {
        real_clock: Some(Arc::new(|| Duration::from_millis(RUN_TIME_MS + 7))),
        ..powers()
    };
    let answer = said(&call_with(json!({ "mode": "clocks" }), real, &budget()).await);
    assert_eq!(answer, json!({ "wallMs": RUN_TIME_MS + 7, "moved": true }));
}

#[tokio::test]
async fn randomness_is_the_seeds_unless_the_real_one_is_granted() {
    let random = async |powers| said(&call_with(json!({ "mode": "random" }), powers, &budget()).await);
    let seeded = |byte| Powers {
        seed: [byte; 32],
        ..powers()
    };
    let real = || Powers {
        real_random: true,
        ..powers()
    };
    let one = random(seeded(1)).await;
    assert_eq!(one, random(seeded(1)).await);
    let others = [
        random(seeded(2)).await,
        random(real()).await,
        random(real()).await,
    ];
    for part in ["secure", "insecure", "seed"] {
        let values = [&one, &others[0], &others[1], &others[2]].map(|answer| answer[part].to_string());
        let distinct: std::collections::BTreeSet<_> = values.iter().collect();
        assert_eq!(distinct.len(), 4, "{part}: {values:?}");
    }
}
