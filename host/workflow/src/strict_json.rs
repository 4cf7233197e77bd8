//! Reading a JSON text that a stranger wrote: bounded, no key twice, and every fault with its place.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::DocumentError;
use crate::pointer::Pointer;

/// Largest document, in bytes of JSON text.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;

/// Deepest nesting of arrays and objects, the same as serde_json's own limit.
pub const MAX_DOCUMENT_DEPTH: usize = 127;

/// Reads `bytes` as JSON of the shape `T`.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DocumentError> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::TooLarge {
            size: bytes.len(),
            limit: MAX_DOCUMENT_BYTES,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| DocumentError::NotUtf8 {
        byte: error.valid_up_to(),
    })?;
    check_depth(text)?;
    check_keys(text)?;
    let mut source = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let pointer = Pointer::from_serde(error.path()).to_string();
        DocumentError::WrongShape {
            pointer,
            message: error.into_inner().to_string(),
        }
    })
}

fn check_depth(text: &str) -> Result<(), DocumentError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DOCUMENT_DEPTH {
                    let before = &text[..offset];
                    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
                    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
                    return Err(DocumentError::TooDeep {
                        limit: MAX_DOCUMENT_DEPTH,
                        line,
                        column,
                    });
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Walks the whole text once: finds faults of syntax and keys that stand twice, which serde would take silently.
fn check_keys(text: &str) -> Result<(), DocumentError> {
    let walk = Walk::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let outcome = UniqueKeys(&walk)
        .deserialize(&mut source)
        .and_then(|()| source.end());
    if let Some((pointer, key)) = walk.duplicate.take() {
        return Err(DocumentError::DuplicateKey { pointer, key });
    }
    outcome.map_err(|error| DocumentError::NotJson {
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    })
}

#[derive(Default)]
struct Walk {
    at: RefCell<Pointer>,
    duplicate: RefCell<Option<(String, String)>>,
}

#[derive(Clone, Copy)]
struct UniqueKeys<'w>(&'w Walk);

impl<'de> DeserializeSeed<'de> for UniqueKeys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            self.0.at.borrow_mut().push_index(index);
            let more = items.next_element_seed(self)?;
            self.0.at.borrow_mut().pop();
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.at.borrow_mut().push(&key);
            if seen.contains(&key) {
                let pointer = self.0.at.borrow().to_string();
                self.0.duplicate.replace(Some((pointer, key)));
                return Err(A::Error::custom("duplicate key"));
            }
            seen.insert(key);
            entries.next_value_seed(self)?;
            self.0.at.borrow_mut().pop();
        }
        Ok(())
    }
}
