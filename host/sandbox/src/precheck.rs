use wasmparser::{
    BinaryReaderError, ComponentExternalKind, ComponentTypeRef, Encoding, FunctionBody, Operator, Parser,
    Payload, Validator, WasmFeatures,
};

use crate::PublishError;

/// Largest file, in bytes.
pub const MAX_COMPONENT: usize = 32 << 20;
/// Most functions of all core modules together.
pub const MAX_FUNCTIONS: u64 = 100_000;
/// Largest body of a function, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// Deepest nesting of blocks in a function. The interpreter loop of CPython has 781, a block for each instruction it knows.
pub const MAX_NESTING: usize = 1_000;
/// Most core modules and components within one file.
const MAX_PARTS: u32 = 1_000;

/// Proposals that a component may use: WebAssembly 2.0 and tail calls. What toolchains do not need stays out, since most
/// advisories of engines are about the rest.
pub(crate) const ALLOWED: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);

const ASYNC: WasmFeatures = WasmFeatures::CM_ASYNC
    .union(WasmFeatures::CM_ASYNC_STACKFUL)
    .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
    .union(WasmFeatures::CM_THREADING)
    .union(WasmFeatures::CM_ERROR_CONTEXT);

/// Everything that can be said about a node's component without compiling it. Takes time in proportion to its size.
///
/// # Errors
///
/// The first of the component's faults.
pub fn publish_check(wasm: &[u8]) -> Result<(), PublishError> {
    check(wasm, "run", is_known)
}

/// The same for an evaluator of expressions, which may import nothing at all.
pub(crate) fn evaluator_check(wasm: &[u8]) -> Result<(), PublishError> {
    check(wasm, "evaluate", |_| false)
}

fn check(wasm: &[u8], export: &'static str, may_import: fn(&str) -> bool) -> Result<(), PublishError> {
    if wasm.len() > MAX_COMPONENT {
        return Err(PublishError::TooLarge {
            size: wasm.len(),
            limit: MAX_COMPONENT,
        });
    }
    let shape = Shape::read(wasm, export)?;
    validate(wasm)?;
    if !shape.exports_it {
        return Err(PublishError::WrongWorld(format!(
            "it exports no function `{export}`"
        )));
    }
    match shape.imports.iter().find(|name| !may_import(name)) {
        Some(name) => Err(PublishError::UnknownImport {
            name: name.clone(),
            reason: String::new(),
        }),
        None => Ok(()),
    }
}

/// Whether an import can be one of those that the host links. The linker has the last word.
fn is_known(name: &str) -> bool {
    let Some((interface, version)) = name.split_once('@') else {
        return false;
    };
    match interface.split_once(':') {
        Some(("wasi", _)) => version.starts_with("0.2."),
        Some(("monshyflow", rest)) => rest.starts_with("node/") && version.starts_with("0.1."),
        _ => false,
    }
}

fn validate(wasm: &[u8]) -> Result<(), PublishError> {
    let Err(error) = validate_with(wasm, ALLOWED) else {
        return Ok(());
    };
    let why = error.message().to_owned();
    if validate_with(wasm, ALLOWED.union(ASYNC)).is_ok() {
        return Err(PublishError::AsyncComponent(why));
    }
    if validate_with(wasm, WasmFeatures::all()).is_ok() {
        return Err(PublishError::UnsupportedFeature(why));
    }
    Err(PublishError::InvalidWasm(format!(
        "{why} (at byte {})",
        error.offset()
    )))
}

fn validate_with(wasm: &[u8], features: WasmFeatures) -> Result<(), BinaryReaderError> {
    Validator::new_with_features(features)
        .validate_all(wasm)
        .map(drop)
}

/// What of a component decides before its types are checked.
#[derive(Default)]
struct Shape {
    imports: Vec<String>,
    /// The function that it must export.
    export: &'static str,
    exports_it: bool,
    functions: u64,
    parts: u32,
    /// 1 in the component itself.
    depth: u32,
}

impl Shape {
    fn read(wasm: &[u8], export: &'static str) -> Result<Self, PublishError> {
        let mut shape = Self {
            export,
            ..Self::default()
        };
        let mut parser = Parser::new(0);
        parser.set_features(WasmFeatures::all());
        for payload in parser.parse_all(wasm) {
            shape.take(payload.map_err(invalid)?)?;
        }
        Ok(shape)
    }

    fn take(&mut self, payload: Payload<'_>) -> Result<(), PublishError> {
        match payload {
            Payload::Version { encoding, .. } => {
                if self.parts == 0 && encoding == Encoding::Module {
                    return Err(PublishError::CoreModule);
                }
                self.parts += 1;
                self.depth += 1;
                if self.parts > MAX_PARTS {
                    let message =
                        format!("the component has more than {MAX_PARTS} modules and components within it");
                    return Err(PublishError::TooComplex(message));
                }
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::FunctionSection(section) => {
                self.functions += u64::from(section.count());
                if self.functions > MAX_FUNCTIONS {
                    let message = format!("the component has more than {MAX_FUNCTIONS} functions");
                    return Err(PublishError::TooComplex(message));
                }
            }
            Payload::CodeSectionEntry(body) => check_body(&body)?,
            Payload::ComponentImportSection(section) if self.depth == 1 => {
                for import in section {
                    let import = import.map_err(invalid)?;
                    // A type that is imported by name is only another name for one of an interface.
                    if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                        self.imports.push(import.name.name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                for export in section {
                    let export = export.map_err(invalid)?;
                    self.exports_it |=
                        export.name.name == self.export && export.kind == ComponentExternalKind::Func;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn check_body(body: &FunctionBody<'_>) -> Result<(), PublishError> {
    let size = body.range().len();
    if size > MAX_BODY {
        let message = format!("a function has {size} bytes; the limit is {MAX_BODY}");
        return Err(PublishError::TooComplex(message));
    }
    let mut depth = 0_usize;
    let mut operators = body.get_operators_reader().map_err(invalid)?;
    while !operators.eof() {
        match operators.read().map_err(invalid)? {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. } => {
                depth += 1;
                if depth > MAX_NESTING {
                    let message = format!("a function nests blocks more than {MAX_NESTING} deep");
                    return Err(PublishError::TooComplex(message));
                }
            }
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn invalid(error: BinaryReaderError) -> PublishError {
    PublishError::InvalidWasm(format!("{} (at byte {})", error.message(), error.offset()))
}
