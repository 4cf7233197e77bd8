use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a workflow calls a node type: `http-request@1`, the name and the major version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TypeName {
    name: String,
    major: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a node type: write a name of a-z, 0-9 and `-`, then `@` and the major version, such as `set@1`"
)]
pub struct InvalidTypeName(String);

impl TypeName {
    pub fn new(name: &str, major: u32) -> Result<Self, InvalidTypeName> {
        let shape = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let starts_well = name.bytes().next().is_some_and(|c| c.is_ascii_lowercase());
        if starts_well && name.len() <= 64 && name.bytes().all(shape) {
            Ok(Self {
                name: name.to_owned(),
                major,
            })
        } else {
            Err(InvalidTypeName(
                format!("{name}@{major}").chars().take(80).collect(),
            ))
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn major(&self) -> u32 {
        self.major
    }
}

impl FromStr for TypeName {
    type Err = InvalidTypeName;

    fn from_str(text: &str) -> Result<Self, InvalidTypeName> {
        let wrong = || InvalidTypeName(text.chars().take(80).collect());
        let (name, major) = text.split_once('@').ok_or_else(wrong)?;
        let canonical = major == "0" || !major.starts_with(['0', '+']);
        let major = major.parse().ok().filter(|_| canonical).ok_or_else(wrong)?;
        Self::new(name, major)
    }
}

impl TryFrom<String> for TypeName {
    type Error = InvalidTypeName;

    fn try_from(text: String) -> Result<Self, InvalidTypeName> {
        text.parse()
    }
}

impl From<TypeName> for String {
    fn from(name: TypeName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.major)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling() {
        assert_eq!("set@1".parse::<TypeName>().unwrap().to_string(), "set@1");
        for bad in [
            "", "set", "set@", "set@01", "set@+1", "Set@1", "1set@1", "set@x", "a/b@1", "set@1@2",
        ] {
            assert!(bad.parse::<TypeName>().is_err(), "{bad}");
        }
    }
}
