use std::fmt;

/// A JSON Pointer (RFC 6901) that grows and shrinks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointer {
    text: String,
}

impl Pointer {
    /// Of a place that serde names. The variant of an enum is not a place in the text.
    pub fn from_serde(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        let mut pointer = Self::default();
        for segment in path {
            match segment {
                Segment::Seq { index } => pointer.push_index(*index),
                Segment::Map { key } => pointer.push(key),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        pointer
    }

    /// Goes to the member or element called `token`.
    pub fn push(&mut self, token: &str) {
        self.text.push('/');
        for c in token.chars() {
            match c {
                '~' => self.text.push_str("~0"),
                '/' => self.text.push_str("~1"),
                c => self.text.push(c),
            }
        }
    }

    pub fn push_index(&mut self, index: usize) {
        self.text.push('/');
        self.text.push_str(&index.to_string());
    }

    /// Goes back to the parent.
    pub fn pop(&mut self) {
        let parent = self.text.rfind('/').unwrap_or(0);
        self.text.truncate(parent);
    }

    /// The place of `token` below this one.
    pub fn child(&self, token: &str) -> Self {
        let mut child = self.clone();
        child.push(token);
        child
    }

    pub fn child_index(&self, index: usize) -> Self {
        let mut child = self.clone();
        child.push_index(index);
        child
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Pointer> for String {
    fn from(pointer: Pointer) -> Self {
        pointer.text
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_keys_are_escaped_and_popped_whole() {
        let mut pointer = Pointer::default();
        pointer.push("a/b~c");
        pointer.push_index(0);
        assert_eq!(pointer.as_str(), "/a~1b~0c/0");
        pointer.pop();
        pointer.pop();
        pointer.pop();
        assert_eq!(pointer.as_str(), "");
    }
}
