//! Takes more than its share.

use std::hint::black_box;
use std::time::Duration;

use serde_json::{Value, json};
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::Fields;
use wasip2::random::random::get_random_bytes;

use crate::monshyflow::node::log::{Level, write};
use crate::monshyflow::node::progress;
use crate::{Answer, created, emit, fail, say};

pub fn run(mode: &str, params: &Value) -> Option<Answer> {
    let count = params["count"].as_u64().unwrap_or(0);
    Some(match mode {
        "loop" => endless(),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(count));
            say(json!("slept"))
        }
        "recurse" => say(json!(recurse(count))),
        "memory" => memory(),
        "memory-politely" => polite(),
        "big-string" => {
            write(Level::Info, &"x".repeat(count as usize));
            say(json!("written"))
        }
        "many-strings" => {
            let fields = vec![(String::new(), Vec::new()); count as usize];
            let made = Fields::from_list(&fields);
            say(json!(made.is_ok()))
        }
        "many-items" => emit((0..count).map(|_| created(String::new())).collect()),
        "huge-result" => emit(vec![created(format!("\"{}\"", "x".repeat(count as usize)))]),
        "host-calls" => flood(count, |call| write(Level::Debug, &call.to_string())),
        "wasi-calls" => flood(count, |_| _ = black_box(monotonic_clock::now())),
        "stdout" => flood(count, |line| println!("line {line}")),
        "stdout-bytes" => {
            use std::io::Write;
            _ = std::io::stdout().write_all(&vec![b'x'; count as usize]);
            say(json!("printed"))
        }
        "progress" => flood(count, |step| {
            progress::report(Some(step as f32 / count as f32), "working")
        }),
        "partial" => flood(count, |step| progress::partial(&format!("{step} "))),
        "handles" => {
            let held: Vec<_> = (0..count)
                .map(|_| monotonic_clock::subscribe_duration(1_000_000_000))
                .collect();
            say(json!(held.len()))
        }
        "fields" => {
            let held: Vec<_> = (0..count).map(|_| Fields::new()).collect();
            say(json!(held.len()))
        }
        "random-bytes" => say(json!(get_random_bytes(count).len())),
        _ => return None,
    })
}

fn endless() -> Answer {
    let mut turn = 0_u64;
    loop {
        turn = black_box(turn.wrapping_add(1));
    }
}

/// Without anything on the stack that Rust keeps in linear memory, so that the engine's stack is what overflows.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    if depth == 0 {
        0
    } else {
        black_box(recurse(black_box(depth - 1))) + 1
    }
}

fn memory() -> Answer {
    let mut held = Vec::new();
    loop {
        held.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// Asks for too much, is refused, and copes.
fn polite() -> Answer {
    let mut hoard: Vec<u8> = Vec::new();
    match hoard.try_reserve(512 << 20) {
        Ok(()) => fail("not-refused", "512 MiB"),
        Err(_) => say(json!("refused")),
    }
}

fn flood(count: u64, once: impl Fn(u64)) -> Answer {
    for step in 0..count {
        once(step);
    }
    say(json!(count))
}
