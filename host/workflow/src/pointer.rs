use std::fmt;

/// A JSON Pointer (RFC 6901) under construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: String,
}

impl Pointer {
    pub(crate) fn from_serde(path: &serde_path_to_error::Path) -> Self {
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

    pub(crate) fn push(&mut self, token: &str) {
        self.text.push('/');
        for c in token.chars() {
            match c {
                '~' => self.text.push_str("~0"),
                '/' => self.text.push_str("~1"),
                c => self.text.push(c),
            }
        }
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.text.push('/');
        self.text.push_str(&index.to_string());
    }

    pub(crate) fn pop(&mut self) {
        let parent = self.text.rfind('/').unwrap_or(0);
        self.text.truncate(parent);
    }

    /// The place of `token` below this one.
    pub(crate) fn child(&self, token: &str) -> Self {
        let mut child = self.clone();
        child.push(token);
        child
    }

    pub(crate) fn child_index(&self, index: usize) -> Self {
        let mut child = self.clone();
        child.push_index(index);
        child
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
