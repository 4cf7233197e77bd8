use crate::Manifest;

/// Name of the custom section.
pub const SECTION: &str = "monshyflow:node";

#[derive(Debug, thiserror::Error)]
pub enum SectionError {
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    #[error("the component has no section `{SECTION}`: build it with `monshyflow node build` or `cargo xtask nodes`")]
    Missing,
}

/// Puts a manifest into a component that has none.
pub fn embed(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, SectionError> {
    let _ = (component, manifest);
    Err(SectionError::Missing)
}

/// The text of the manifest of a component.
pub fn extract(component: &[u8]) -> Result<&[u8], SectionError> {
    let _ = component;
    Err(SectionError::Missing)
}
