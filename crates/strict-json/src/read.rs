use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{Pointer, ReadError};

/// Deepest nesting of arrays and objects, the same as serde_json's own limit.
pub const MAX_DEPTH: usize = 127;

/// Reads JSON of the shape `T` from at most `limit` bytes.
///
/// # Errors
///
/// If the text is too large, not UTF-8, not JSON, nested too deep, names a key twice, or has another shape.
pub fn read<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, ReadError> {
    if bytes.len() > limit {
        return Err(ReadError::TooLarge {
            size: bytes.len(),
            limit,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 {
        byte: error.valid_up_to(),
    })?;
    check_depth(text)?;
    check_keys(text)?;
    let mut source = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let pointer = Pointer::from_serde(error.path()).into();
        ReadError::WrongShape {
            pointer,
            message: in_words_of_json(&error.into_inner().to_string()),
        }
    })
}

/// serde tells which type of ours it expected, of which authors know nothing.
pub fn in_words_of_json(text: &str) -> String {
    for ours in ["expected struct ", "expected internally tagged enum "] {
        if let Some((before, after)) = text.split_once(ours) {
            let rest = after.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
            return format!("{before}expected an object{rest}");
        }
    }
    text.to_owned()
}

fn check_depth(text: &str) -> Result<(), ReadError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let before = &text[..offset];
                    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
                    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
                    return Err(ReadError::TooDeep {
                        limit: MAX_DEPTH,
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
fn check_keys(text: &str) -> Result<(), ReadError> {
    let walk = Walk::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let outcome = UniqueKeys(&walk)
        .deserialize(&mut source)
        .and_then(|()| source.end());
    if let Some((pointer, key)) = walk.duplicate.take() {
        return Err(ReadError::DuplicateKey { pointer, key });
    }
    outcome.map_err(|error| ReadError::NotJson {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        rows: Vec<Row>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        #[expect(dead_code, reason = "only read by the shape check")]
        id: u32,
        #[serde(default)]
        extra: Option<Box<serde_json::value::RawValue>>,
    }

    fn fault(text: &[u8]) -> ReadError {
        read::<Shape>(text, 10_000).unwrap_err()
    }

    #[test]
    fn faults_have_a_place() {
        assert_eq!(fault(b"{\"rows\":\"\xff\"}"), ReadError::NotUtf8 { byte: 9 });
        assert_eq!(
            fault(&[b' '; 10_001]),
            ReadError::TooLarge {
                size: 10_001,
                limit: 10_000
            }
        );
        assert_eq!(
            fault(format!("{{\"rows\":\n{}", "[".repeat(2_000)).as_bytes()),
            ReadError::TooDeep {
                limit: 127,
                line: 2,
                column: 127
            }
        );
        assert!(matches!(
            fault(b"{\"rows\":[],}"),
            ReadError::NotJson {
                line: 1,
                column: 12,
                ..
            }
        ));
        assert!(matches!(fault(b"{\"rows\":[]} x"), ReadError::NotJson { .. }));
        assert_eq!(fault(br#"{"rows":[{"id":"x"}]}"#).pointer(), "/rows/0/id");
        assert_eq!(fault(br#"{"rows":[{"id":1,"ide":2}]}"#).pointer(), "/rows/0/ide");
        assert_eq!(fault(br#"{"rows":[{"id":1},{}]}"#).pointer(), "/rows/1");
    }

    #[test]
    fn a_key_that_stands_twice_is_found_even_inside_raw_values_and_behind_escapes() {
        let text = r#"{"rows":[{"id":1,"extra":[{"a/b":1,"a\u002fb":2}]}]}"#;
        let key = "a/b".to_owned();
        assert_eq!(
            fault(text.as_bytes()),
            ReadError::DuplicateKey {
                pointer: "/rows/0/extra/0/a~1b".into(),
                key
            }
        );
    }

    #[test]
    fn raw_values_keep_their_text() {
        let shape: Shape = read(
            br#" {"rows":[{"id":1,"extra":{"big":12345678901234567890.10}}]} "#,
            1_000,
        )
        .unwrap();
        assert_eq!(
            shape.rows[0].extra.as_ref().unwrap().get(),
            r#"{"big":12345678901234567890.10}"#
        );
    }
}
