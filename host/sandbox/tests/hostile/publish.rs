use std::time::{Duration, Instant};

use monshyflow_sandbox::{CompileChild, Config, PublishError, Sandbox, publish_check};
use serde_json::json;

use crate::harness::*;
use crate::wat_guests::{RUN, component, load, with_instances};

#[track_caller]
fn assert_refused(result: Result<(), PublishError>, code: &str, message: &str) {
    let error = result.expect_err("it was accepted");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(message), "{error}");
    assert!(!error.is_host_fault());
}

async fn refused_by_load(wasm: Vec<u8>, code: &str, message: &str) {
    assert_refused(load(wasm).await.map(drop), code, message);
    lives().await;
}

#[tokio::test]
async fn what_is_not_webassembly_is_refused() {
    refused_by_load(Vec::new(), "invalid-wasm", "").await;
    refused_by_load(b"#!/bin/sh\nexit 0\n".to_vec(), "invalid-wasm", "").await;
    refused_by_load(vec![0; 33 << 20], "component-too-large", "33554432").await;
}

#[tokio::test]
async fn truncated_and_flipped_components_do_no_harm() {
    let whole = component(RUN);
    for length in (0..whole.len()).step_by(17) {
        // Cut between two sections it is a component, of no world.
        let error = publish_check(&whole[..length]).expect_err("it was accepted");
        assert!(
            ["invalid-wasm", "wrong-world"].contains(&error.code()),
            "{length}: {error}"
        );
    }
    // Most are found. What is not may be compiled and called, and does no harm.
    let (mut random, mut passed) = (generator(), Vec::new());
    for _ in 0..2_000 {
        let mut bent = whole.clone();
        let at = random() as usize % bent.len();
        bent[at] ^= 1 << (random() & 7);
        match publish_check(&bent) {
            Ok(()) => passed.push(bent),
            Err(error) => assert!(!error.is_host_fault() && BENT.contains(&error.code()), "{error}"),
        }
    }
    assert!((40..1_800).contains(&passed.len()), "{}", passed.len());
    for bent in passed.into_iter().take(40) {
        match load(bent).await {
            Ok(loaded) => {
                let outcome = call_loaded(&loaded, json!({}), powers(), &budget()).await;
                if let Err(error) = outcome.result {
                    assert_ne!(error.code.as_str(), "sandbox-fault", "{error:?}");
                }
            }
            Err(error) => assert!(!error.is_host_fault(), "{error}"),
        }
    }
    lives().await;
}

/// What may be wrong with a component of which one bit was flipped: it may have become another kind of file, of another
/// world, or larger.
const BENT: [&str; 6] = [
    "invalid-wasm",
    "core-module",
    "wrong-world",
    "unknown-import",
    "unsupported-feature",
    "component-too-complex",
];

/// The same numbers each time.
fn generator() -> impl FnMut() -> u64 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[tokio::test]
async fn random_bytes_are_refused() {
    let mut random = generator();
    for length in 0..2_000 {
        let mut bytes: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        assert_refused(publish_check(&bytes), "invalid-wasm", "");
        // The same behind the first bytes of a component.
        bytes.splice(0..0, *b"\0asm\x0d\0\x01\0");
        let error = publish_check(&bytes).expect_err("random bytes were accepted");
        let code = if length == 0 {
            "wrong-world"
        } else {
            "invalid-wasm"
        };
        assert_eq!(error.code(), code, "{length}: {error}");
    }
    lives().await;
}

#[tokio::test]
async fn a_core_module_is_refused() {
    refused_by_load(
        wat::parse_str("(module)").unwrap(),
        "core-module",
        "wasm32-wasip2",
    )
    .await;
}

#[tokio::test]
async fn another_world_is_refused() {
    refused_by_load(wat::parse_str("(component)").unwrap(), "wrong-world", "run").await;
    let other = r#"(component
        (core module $m (func (export "run") (result i32) i32.const 7))
        (core instance $i (instantiate $m))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    refused_by_load(wat::parse_str(other).unwrap(), "wrong-world", "run").await;
}

#[tokio::test]
async fn unknown_imports_are_refused_by_name() {
    let with_import = |import: &str| {
        let text = format!(
            r#"(component {import}
                (core module $m (func (export "run") (result i32) i32.const 7))
                (core instance $i (instantiate $m))
                (func (export "run") (result u32) (canon lift (core func $i "run"))))"#
        );
        wat::parse_str(text).unwrap()
    };
    for (import, name) in [
        (
            r#"(import "acme:secrets/steal@1.0.0" (instance))"#,
            "acme:secrets/steal@1.0.0",
        ),
        (
            r#"(import "wasi:clocks/monotonic-clock@0.3.0" (instance (export "now" (func (result u64)))))"#,
            "@0.3.0",
        ),
        (
            r#"(import "wasi:keyvalue/store@0.2.0" (instance (export "x" (func))))"#,
            "wasi:keyvalue/store",
        ),
        (
            r#"(import "monshyflow:node/other@0.1.0" (instance (export "x" (func))))"#,
            "monshyflow:node/other",
        ),
        (
            r#"(import "monshyflow:node/log@0.2.0" (instance (export "x" (func))))"#,
            "monshyflow:node/log@0.2.0",
        ),
        (r#"(import "bare" (func))"#, "bare"),
    ] {
        refused_by_load(with_import(import), "unknown-import", name).await;
    }
}

#[tokio::test]
async fn an_asynchronous_component_is_refused() {
    let wat = r#"(component
        (core module $m
          (func (export "run") (result i32) i32.const 0)
          (func (export "callback") (param i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func (export "run") async
          (canon lift (core func $i "run") async (callback (core func $i "callback")))))"#;
    refused_by_load(wat::parse_str(wat).unwrap(), "async-component", "0.3").await;
}

#[tokio::test]
async fn proposals_that_are_not_allowed_are_refused() {
    for module in [
        "(module (memory 1) (memory 1))",
        "(module (memory i64 1))",
        "(module (memory 1 1 shared))",
        "(module (type (struct)))",
        "(module (tag))",
    ] {
        let wasm = with_instances(&component(RUN), module, 1);
        refused_by_load(wasm, "unsupported-feature", "").await;
    }
}

#[tokio::test]
async fn many_memories_and_instances_are_refused() {
    let base = component(RUN);
    refused_by_load(
        with_instances(&base, "(module (memory 1))", 20),
        "component-too-complex",
        "memories",
    )
    .await;
    refused_by_load(
        with_instances(&base, "(module)", 200),
        "component-too-complex",
        "instances",
    )
    .await;
    refused_by_load(
        with_instances(&base, "(module (table 1 funcref))", 40),
        "component-too-complex",
        "tables",
    )
    .await;
    refused_by_load(
        with_instances(&base, "(module (table 10000000 funcref))", 1),
        "component-too-complex",
        "",
    )
    .await;
    refused_by_load(
        with_instances(&base, "(module (memory 65536))", 1),
        "component-too-complex",
        "",
    )
    .await;
    assert!(
        load(with_instances(&base, "(module (memory 1))", 5))
            .await
            .is_ok()
    );
}

fn nested(depth: usize) -> String {
    format!("(func {} {})", "(block ".repeat(depth), ")".repeat(depth))
}

#[tokio::test]
async fn compile_bombs_are_refused_before_they_are_compiled() {
    let base = component(RUN);
    let bomb = |module: &str| with_instances(&base, module, 1);
    refused_by_load(
        bomb(&format!("(module {})", nested(4_000))),
        "component-too-complex",
        "1000 deep",
    )
    .await;
    let functions = "(func)".repeat(300_000);
    refused_by_load(
        bomb(&format!("(module {functions})")),
        "component-too-complex",
        "100000 functions",
    )
    .await;
    let body = "i32.const 1 drop ".repeat(400_000);
    refused_by_load(
        bomb(&format!("(module (func {body}))")),
        "component-too-complex",
        "1048576",
    )
    .await;
}

/// 9 KB within every limit of size that keep the compiler busy for minutes: each of the nested loops has all locals as
/// its parameters.
fn slow_module() -> String {
    const LOCALS: usize = 400;
    let mix = |local: usize| {
        let other = local * 7 % LOCALS;
        format!(
            "(local.set {} (i32.add (local.get {local}) (local.get {other})))",
            local + 1
        )
    };
    let (open, close) = (
        "(loop (br_if 0 (local.get 1)) ".repeat(499),
        "(br_if 0 (local.get 2)))".repeat(499),
    );
    let mixed: String = (0..LOCALS - 1).map(mix).collect();
    format!(
        "(module (func (param i32) (local {}) {open}{mixed}{close}))",
        "i32 ".repeat(LOCALS)
    )
}

#[tokio::test]
async fn what_compiles_too_long_is_killed_tried_once_more_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let compile = compile_child(Duration::from_secs(2));
    let sandbox = Sandbox::new(Config {
        compile,
        ..config(folder.path().to_owned())
    })
    .unwrap();
    let started = Instant::now();
    let slow = with_instances(&component(RUN), &slow_module(), 1);
    assert_refused(
        sandbox.load(slow.into()).await.map(drop),
        "compile-limit",
        "not done after 2 s",
    );
    // Both tries had their time.
    assert!(started.elapsed() > Duration::from_secs(4));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something was left in the cache"
    );
}

#[tokio::test]
async fn what_needs_too_much_memory_to_compile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = |max_memory| {
        let compile = CompileChild {
            max_memory,
            ..compile_child(Duration::from_secs(60))
        };
        let cache = folder.path().to_owned();
        Sandbox::new(Config {
            compile,
            ..config(cache)
        })
        .unwrap()
    };
    let functions = "(func)".repeat(90_000);
    let large = with_instances(&component(RUN), &format!("(module {functions})"), 1);
    let result = sandbox(256 << 20).load(large.into()).await;
    assert_refused(result.map(drop), "compile-limit", "the compiler died");
    let small = sandbox(256 << 20).load(component(RUN).into()).await;
    assert!(small.is_ok(), "{:?}", small.err());
}

#[tokio::test]
async fn a_compiler_that_cannot_be_started_is_the_hosts_fault() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["/nowhere/compiler", "/bin/false", "/"] {
        let mut compile = compile_child(Duration::from_secs(5));
        compile.program = program.into();
        let sandbox = Sandbox::new(Config {
            compile,
            ..config(folder.path().to_owned())
        })
        .unwrap();
        let error = sandbox.load(component(RUN).into()).await.unwrap_err();
        assert!(error.is_host_fault(), "{error}");
    }
}
