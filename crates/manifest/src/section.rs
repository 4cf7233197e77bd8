use crate::Manifest;

/// Name of the custom section.
pub const SECTION: &str = "monshyflow:node";

/// Longest manifest, in bytes of JSON text.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// First bytes of a component (layer 1), and of a core module (layer 0); the version between them may change.
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";
const CORE_MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    #[error("not a WebAssembly component: {0}")]
    NotAComponent(String),
    #[error(
        "the component has no section `{SECTION}`: build it with `monshyflow node build` or `cargo xtask nodes`"
    )]
    Missing,
    #[error("the component has two sections `{SECTION}`, of which only one can be true: build it anew")]
    Twice,
    #[error(
        "the manifest has {0} bytes, {MAX_MANIFEST_BYTES} are allowed: shorten its documentation or examples"
    )]
    TooLarge(usize),
}

/// Puts a manifest into a component that has none.
///
/// # Errors
///
/// If `component` is no component, has a manifest already, or the manifest is too large.
pub fn embed(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, SectionError> {
    match extract(component) {
        Err(SectionError::Missing) => {}
        Ok(_) => return Err(SectionError::Twice),
        Err(error) => return Err(error),
    }
    let text =
        serde_json::to_vec(manifest).map_err(|error| SectionError::NotAComponent(error.to_string()))?;
    if text.len() > MAX_MANIFEST_BYTES {
        return Err(SectionError::TooLarge(text.len()));
    }
    let mut content = Vec::with_capacity(text.len() + SECTION.len() + 8);
    write_u32(&mut content, SECTION.len() as u32);
    content.extend_from_slice(SECTION.as_bytes());
    content.extend_from_slice(&text);
    let mut out = Vec::with_capacity(component.len() + content.len() + 8);
    out.extend_from_slice(component);
    out.push(0);
    write_u32(&mut out, content.len() as u32);
    out.extend_from_slice(&content);
    Ok(out)
}

/// The text of the manifest of a component. Only sections of the component itself count, not those of what it holds.
///
/// # Errors
///
/// If `component` is no component, or has not exactly one manifest.
pub fn extract(component: &[u8]) -> Result<&[u8], SectionError> {
    let mut found = None;
    for section in Sections::of(component)? {
        let (id, content) = section?;
        let Some(text) = (id == 0).then(|| named(content)).flatten() else {
            continue;
        };
        if text.len() > MAX_MANIFEST_BYTES {
            return Err(SectionError::TooLarge(text.len()));
        }
        if found.replace(text).is_some() {
            return Err(SectionError::Twice);
        }
    }
    found.ok_or(SectionError::Missing)
}

/// What a custom section holds behind its name, if the name is ours.
fn named(content: &[u8]) -> Option<&[u8]> {
    let (length, rest) = read_u32(content)?;
    let (name, text) = rest.split_at_checked(length as usize)?;
    (name == SECTION.as_bytes()).then_some(text)
}

/// The sections of a binary one after the other: id and content. Does not look inside.
struct Sections<'a> {
    rest: &'a [u8],
}

impl<'a> Sections<'a> {
    fn of(binary: &'a [u8]) -> Result<Self, SectionError> {
        let wrong = |what: &str| Err(SectionError::NotAComponent(what.into()));
        match binary.split_at_checked(8) {
            Some((header, rest)) if header == COMPONENT => Ok(Self { rest }),
            Some((header, _)) if header == CORE_MODULE => {
                wrong("it is a core module; build for the target wasm32-wasip2, or make a component of it")
            }
            Some((header, _)) if header.starts_with(b"\0asm") => wrong("its binary version is unknown"),
            _ => wrong("it does not start as WebAssembly binaries do"),
        }
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<(u8, &'a [u8]), SectionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (id, rest) = self.rest.split_first()?;
        let content = read_u32(rest).and_then(|(length, rest)| rest.split_at_checked(length as usize));
        let Some((content, rest)) = content else {
            self.rest = &[];
            return Some(Err(SectionError::NotAComponent("a section is cut off".into())));
        };
        self.rest = rest;
        Some(Ok((*id, content)))
    }
}

/// An unsigned LEB128 number of at most five bytes, and what follows it.
fn read_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

fn write_u32(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
