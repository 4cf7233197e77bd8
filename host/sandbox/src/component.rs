use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use monshyflow_capabilities::CallState;
use monshyflow_capabilities::bindings::NodePre;
use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use crate::precheck::publish_check;
use crate::{PublishError, Sandbox};

/// A component that is compiled, checked against the world and linked: ready to be called. Cheap to clone.
#[derive(Clone)]
pub struct Loaded {
    digest: String,
    imports: Vec<String>,
    pub(crate) habits: Habits,
    pub(crate) node: NodePre<CallState>,
}

/// What is looked at before a component is compiled.
pub(crate) type Check = fn(&[u8]) -> Result<(), PublishError>;

impl Loaded {
    /// SHA-256 of the component, in lower-case hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Names of the interfaces that it imports. Those of WASI are linked, but reach nothing.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }
}

/// Whether a component's calls tend to be long ones. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Habits(Arc<AtomicU32>);

impl Habits {
    /// Short calls in a row after which a component counts as quick again.
    const MEMORY: u32 = 64;

    pub(crate) fn is_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn note(&self, was_long: bool) {
        let left = self.0.load(Ordering::Relaxed);
        // Two calls that end at the same time may count as one.
        if was_long {
            self.0.store(Self::MEMORY, Ordering::Relaxed);
        } else if left > 0 {
            self.0.store(left - 1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Makes a component ready to be called: from the cache if this host compiled it before, otherwise through all
    /// checks and the compiler.
    ///
    /// # Errors
    ///
    /// If the component is at fault, and then every time; or if the host is, see `PublishError::is_host_fault`.
    pub async fn load(&self, wasm: Bytes) -> Result<Loaded, PublishError> {
        let (digest, component) = self.compiled(wasm, publish_check).await?;
        let this = self.clone();
        blocking(move || {
            let node = this.link(&component)?;
            let described = component.component_type();
            let imports = described.imports(&this.0.engine).map(|(name, _)| name.to_owned());
            Ok(Loaded {
                digest: HEXLOWER.encode(&digest),
                imports: imports.collect(),
                habits: Habits::default(),
                node,
            })
        })
        .await
    }

    /// Everything that `load` looks at before it compiles.
    ///
    /// # Errors
    ///
    /// As `load`.
    pub async fn check(&self, wasm: Bytes) -> Result<(), PublishError> {
        blocking(move || publish_check(&wasm)).await
    }

    /// Whether this host has compiled the component with this digest (SHA-256 in lower-case hex) and still has the result.
    pub fn is_compiled(&self, digest: &str) -> bool {
        let digest: Option<[u8; 32]> = HEXLOWER
            .decode(digest.as_bytes())
            .ok()
            .and_then(|digest| digest.try_into().ok());
        digest.is_some_and(|digest| self.0.cache.has(&self.0.cache.name(&digest)))
    }

    /// From the cache, or else through `check` and the compiler.
    pub(crate) async fn compiled(
        &self,
        wasm: Bytes,
        check: Check,
    ) -> Result<([u8; 32], Component), PublishError> {
        let (this, copy) = (self.clone(), wasm.clone());
        let (digest, cached) = blocking(move || {
            let digest: [u8; 32] = Sha256::digest(&copy).into();
            let cached = this.0.cache.load(&this.0.engine, &this.0.cache.name(&digest));
            Ok((digest, cached))
        })
        .await?;
        let component = match cached {
            Some(component) => component,
            None => self.compile(wasm, digest, check).await?,
        };
        Ok((digest, component))
    }

    async fn compile(&self, wasm: Bytes, digest: [u8; 32], check: Check) -> Result<Component, PublishError> {
        let host =
            |error: std::io::Error| PublishError::Host(format!("the cache of compiled components: {error}"));
        let copy = wasm.clone();
        blocking(move || check(&copy)).await?;
        let scratch = self.0.cache.scratch().map_err(host)?;
        self.0.compiler.compile(&wasm, &scratch.file).await?;
        let this = self.clone();
        blocking(move || {
            let name = this.0.cache.name(&digest);
            this.0.cache.store(&name, &scratch).map_err(host)?;
            let engine = &this.0.engine;
            this.0
                .cache
                .load_new(engine, &name)
                .map_err(|error| PublishError::TooComplex(error.to_string()))
        })
        .await
    }

    fn link(&self, component: &Component) -> Result<NodePre<CallState>, PublishError> {
        let linked = self.0.linker.instantiate_pre(component).map_err(|error| {
            let name = imported_name(&error.to_string());
            PublishError::UnknownImport {
                name,
                reason: format!(" in this form: {}", error.root_cause()),
            }
        })?;
        NodePre::new(linked).map_err(|error| PublishError::WrongWorld(format!("{error:#}")))
    }
}

/// The engine says ``component imports instance `x`, but ..``.
pub(crate) fn imported_name(message: &str) -> String {
    message.split('`').nth(1).unwrap_or("?").to_owned()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PublishError> + Send + 'static,
) -> Result<T, PublishError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(PublishError::Host(error.to_string())))
}
