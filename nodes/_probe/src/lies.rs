//! Breaks the contract, or its own back.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::monshyflow::node::types::{Attachment, CreatedItem, ErrorKind, ItemRef, Output, OutputItem};
use crate::{Answer, NodeError, Outcome, created, emit, node_error, say};

static CALLS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static SECRET: Cell<u64> = const { Cell::new(0) };
}

pub fn run(mode: &str, params: &Value) -> Option<Answer> {
    let text = || params["text"].as_str().unwrap_or_default().to_owned();
    Some(match mode {
        "panic" => panic!("the probe panics: {}", text()),
        "exit" => std::process::exit(params["count"].as_i64().unwrap_or(0) as i32),
        "residue" => residue(),
        "json" => emit(vec![created(text())]),
        "deep-json" => emit(vec![created("[".repeat(10_000))]),
        "not-utf-8" => {
            // SAFETY: none; that is the point. The string is never looked into on this side.
            let broken = unsafe { String::from_utf8_unchecked(vec![b'"', 0xff, 0xfe, b'"']) };
            emit(vec![created(broken)])
        }
        "port" => Ok(Outcome::Emit(vec![Output {
            port: text(),
            items: vec![created("1".into())],
        }])),
        "port-twice" => {
            let output = || Output {
                port: "out".into(),
                items: vec![created("1".into())],
            };
            Ok(Outcome::Emit(vec![output(), output()]))
        }
        "reference" => emit(vec![OutputItem::Passed(ItemRef { input: 0, index: 7 })]),
        "source" => {
            let source = vec![ItemRef { input: 3, index: 0 }];
            emit(vec![OutputItem::Created(CreatedItem {
                json: "1".into(),
                binary: Vec::new(),
                source,
            })])
        }
        "attachment" => emit(vec![attachment(params)]),
        "failed" => emit(vec![OutputItem::Failed(node_error("bad-item", "this one"))]),
        "error" => Err(error(params)),
        "denied-then-fine" => {
            _ = crate::monshyflow::node::kv::get("key");
            say(json!("fine"))
        }
        "denied-then-panic" => {
            _ = crate::monshyflow::node::kv::get("key");
            panic!("no kv")
        }
        _ => return None,
    })
}

/// Says what is left of earlier calls, then leaves something for the next.
fn residue() -> Answer {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed);
    let secret = SECRET.replace(0x5ec7e7);
    let heap = find_mark();
    say(json!({ "calls": calls, "secret": secret, "heap": heap }))
}

const MARK: u64 = 0x6d6f_6e73_6879_2121;

/// Looks for the mark in fresh memory, then fills that memory with it.
fn find_mark() -> usize {
    let words = 4 << 17;
    let mut memory: Vec<u64> = Vec::with_capacity(words);
    let base = memory.as_mut_ptr();
    let mut found = 0;
    for index in 0..words {
        // SAFETY: within the capacity. Reading what was never written is the test.
        unsafe {
            let place = base.add(index);
            found += usize::from(place.read_volatile() == MARK);
            place.write_volatile(MARK);
        }
    }
    found
}

fn attachment(params: &Value) -> OutputItem {
    let text = |name: &str, default: &str| params[name].as_str().unwrap_or(default).to_owned();
    let attachment = Attachment {
        name: text("name", "data"),
        blob: params["blob"].as_u64().unwrap_or(0) as u32,
        media_type: text("mediaType", "text/plain"),
        file_name: params["fileName"].as_str().map(str::to_owned),
    };
    let twice = params["twice"].as_bool().unwrap_or(false);
    let binary = if twice {
        vec![attachment.clone(), attachment]
    } else {
        vec![attachment]
    };
    OutputItem::Created(CreatedItem {
        json: "{}".into(),
        binary,
        source: Vec::new(),
    })
}

fn error(params: &Value) -> NodeError {
    let text = |name: &str| params[name].as_str().map(str::to_owned);
    NodeError {
        kind: match params["kind"].as_str() {
            Some("transient") => ErrorKind::Transient,
            Some("rate-limited") => ErrorKind::RateLimited,
            Some("auth-expired") => ErrorKind::AuthExpired,
            Some("invalid-input") => ErrorKind::InvalidInput,
            _ => ErrorKind::Permanent,
        },
        code: text("code").unwrap_or("its-own".into()),
        message: text("message").unwrap_or("what happened".into()),
        details: text("details"),
        parameter: text("parameter"),
        item: params["item"].as_u64().map(|index| ItemRef {
            input: 0,
            index: index as u32,
        }),
        retry_after_ms: params["retryAfterMs"].as_u64().map(|ms| ms as u32),
    }
}
