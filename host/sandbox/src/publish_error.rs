/// Why a component cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("the file has {size} bytes; a component may have {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("this is not WebAssembly, or damaged: {0}")]
    InvalidWasm(String),
    #[error(
        "this is a core module, not a component: build it with `cargo build --target wasm32-wasip2` or the tools of \
         your language that make components"
    )]
    CoreModule,
    #[error(
        "the component uses WASI 0.3's asynchronous functions, which the host does not offer: build it for WASI 0.2, \
         with `--sync` if your tool has that option ({0})"
    )]
    AsyncComponent(String),
    #[error("the component uses a feature of WebAssembly that the host does not allow: {0}")]
    UnsupportedFeature(String),
    #[error("the component imports `{name}`, which the host does not know{reason}")]
    UnknownImport { name: String, reason: String },
    #[error("the component does not target the world `node` of `monshyflow:node`: {0}")]
    WrongWorld(String),
    /// Over a limit of size that protects the compiler or the host.
    #[error("{0}")]
    TooComplex(String),
    #[error("the component took too long or too much memory to compile, also without optimisation: {0}")]
    CompileLimit(String),
    /// Not the component's fault.
    #[error("the component could not be compiled or loaded: {0}")]
    Host(String),
}

impl PublishError {
    /// Stable, with a page in docs/errors.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "component-too-large",
            Self::InvalidWasm(_) => "invalid-wasm",
            Self::CoreModule => "core-module",
            Self::AsyncComponent(_) => "async-component",
            Self::UnsupportedFeature(_) => "unsupported-feature",
            Self::UnknownImport { .. } => "unknown-import",
            Self::WrongWorld(_) => "wrong-world",
            Self::TooComplex(_) => "component-too-complex",
            Self::CompileLimit(_) => "compile-limit",
            Self::Host(_) => "sandbox-fault",
        }
    }

    /// The component is not to blame: another try may help.
    pub fn is_host_fault(&self) -> bool {
        matches!(self, Self::Host(_))
    }
}
