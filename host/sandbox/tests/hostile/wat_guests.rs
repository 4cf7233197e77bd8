use monshyflow_sandbox::{Loaded, PublishError};

use crate::harness::sandbox;

/// What every guest needs beside its mischief.
const MEMORY: &str = r#"
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 4096))
"#;
const REALLOC: &str = r#"
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
"#;
/// `ok(emit([]))`
pub(crate) const RUN: &str = r#"(func (export "run") (param i32) (result i32) (i32.const 1024))"#;

/// A component of the world `node` around a core module with these fields, memory and allocator given.
pub(crate) fn component(fields: &str) -> Vec<u8> {
    component_of(&format!("{MEMORY} {REALLOC} {fields}"))
}

/// The same with an allocator of its own.
pub(crate) fn component_with_realloc(fields: &str) -> Vec<u8> {
    component_of(&format!("{MEMORY} {fields}"))
}

/// `world.wat` is what `wasm-tools component new` makes of a core module for the world `node`. When `wit/` changes, put the
/// new types there: until then every test that uses it fails with `wrong-world`.
fn component_of(module: &str) -> Vec<u8> {
    let post_return = if module.contains("cabi_post_run") {
        (
            r#"(alias core export $main "cabi_post_run" (core func $cabi_post_run))"#,
            "(post-return $cabi_post_run)",
        )
    } else {
        ("", "")
    };
    let component = include_str!("world.wat")
        .replace("{{MODULE}}", module)
        .replace("{{POST_RETURN_ALIAS}}", post_return.0)
        .replace("{{POST_RETURN}}", post_return.1);
    wat::parse_str(component).unwrap()
}

/// Appends a core module to a component, and instances of it.
pub(crate) fn with_instances(component: &[u8], module: &str, instances: usize) -> Vec<u8> {
    let modules =
        wasmparser::Parser::new(0)
            .parse_all(component)
            .fold((0, 0_u32), |(depth, modules), payload| match payload.unwrap() {
                wasmparser::Payload::Version { .. } => (depth + 1, modules),
                wasmparser::Payload::End(_) => (depth - 1, modules),
                wasmparser::Payload::ModuleSection { .. } if depth == 1 => (depth, modules + 1),
                _ => (depth, modules),
            });
    let module = wat::parse_str(module).unwrap();
    let mut bytes = component.to_vec();
    bytes.push(1);
    leb(module.len(), &mut bytes);
    bytes.extend(module);
    let mut section = Vec::new();
    leb(instances, &mut section);
    for _ in 0..instances {
        section.push(0);
        leb(modules.1 as usize, &mut section);
        section.push(0);
    }
    bytes.push(2);
    leb(section.len(), &mut bytes);
    bytes.extend(section);
    bytes
}

fn leb(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) async fn load(wasm: Vec<u8>) -> Result<Loaded, PublishError> {
    sandbox().load(wasm.into()).await
}
