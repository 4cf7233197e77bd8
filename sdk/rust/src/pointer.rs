/// JSON Pointer (RFC 6901) of the value in which `offset` lies, or behind which it lies directly; empty for the whole.
/// serde_json says where in a text it failed, and this says what that place is called, so that parsing itself need not
/// keep track. `text` may be anything; what is not JSON gives the pointer of the last place that was.
pub(crate) fn at(text: &str, offset: usize) -> String {
    let mut places = Vec::new();
    let mut rest = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let mut awaits_key = false;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'{' => {
                places.push(Place::Field(None));
                awaits_key = true;
            }
            b'[' => places.push(Place::Element(0)),
            b'}' | b']' => {
                places.pop();
                awaits_key = false;
            }
            b',' => match places.last_mut() {
                Some(Place::Field(key)) => {
                    *key = None;
                    awaits_key = true;
                }
                Some(Place::Element(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let end = end_of_string(rest);
                let (string, behind) = rest.split_at(end);
                rest = behind.get(1..).unwrap_or_default();
                if awaits_key && let Some(Place::Field(key)) = places.last_mut() {
                    *key = Some(unescaped(string));
                    awaits_key = false;
                }
            }
            _ => {}
        }
    }
    places.iter().filter_map(Place::segment).collect()
}

enum Place {
    /// In an object, at this field; none between fields.
    Field(Option<String>),
    Element(usize),
}

impl Place {
    fn segment(&self) -> Option<String> {
        match self {
            Self::Field(key) => Some(format!(
                "/{}",
                key.as_ref()?.replace('~', "~0").replace('/', "~1")
            )),
            Self::Element(index) => Some(format!("/{index}")),
        }
    }
}

/// Index of the closing quote, or the length.
fn end_of_string(bytes: &[u8]) -> usize {
    let mut escaped = false;
    let end = bytes.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(bytes.len())
}

fn unescaped(string: &[u8]) -> String {
    let string = String::from_utf8_lossy(string);
    serde_json::from_str(&format!("\"{string}\"")).unwrap_or_else(|_| string.into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn places_have_names() {
        let text = r#"{"a": {"b/~": [1, {"c\"": "x,{"}]}, "d": 2}"#;
        let check = |before: &str, expected: &str| {
            let offset = text.find(before).unwrap() + before.len();
            assert_eq!(super::at(text, offset), expected, "behind {before}");
        };
        check("{\"a\": ", "/a");
        check("[1", "/a/b~1~0/0");
        check("x,{\"", "/a/b~1~0/1/c\"");
        check("x,{\"}", "/a/b~1~0/1");
        check("}]}", "/a");
        check("\"d\"", "/d");
        check("2}", "");
        assert_eq!(super::at("{{{[\"", 99), "/0");
    }
}
