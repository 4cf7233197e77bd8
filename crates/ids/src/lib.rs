//! Typed identifiers. Opaque to clients, ordered by time inside (UUIDv7, RFC 9562).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is wrong with a text that should be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid {what} id")]
pub struct ParseError {
    what: &'static str,
    text: String,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id for something made at `unix_millis`, milliseconds since 1970, with `random` bytes from the caller.
            pub fn at(unix_millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                match uuid::Uuid::try_parse(text) {
                    Ok(id) => Ok(Self(id)),
                    Err(_) => Err(ParseError { what: $what, text: text.chars().take(64).collect() }),
                }
            }
        }
    };
}

uuid_id!(
    /// An authored graph.
    WorkflowId,
    "workflow"
);
uuid_id!(
    /// One execution of a workflow.
    RunId,
    "run"
);
uuid_id!(
    /// A stored secret with a type.
    CredentialId,
    "credential"
);
uuid_id!(
    /// One process that works on runs; the owner of leases.
    WorkerId,
    "worker"
);

/// The customer whose data must never meet another's: 1 to 63 of `a-z`, `0-9` and `-`, not starting with `-`. `builtin` is the server's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(std::sync::Arc<str>);

/// Taken by the server itself.
const HOST: &str = "builtin";

impl TenantId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The server itself, which owns what ships with it. Nobody else can be given this id, since no text is parsed to it.
    pub fn host() -> Self {
        Self(HOST.into())
    }

    /// From what this server stored, where it may be the server itself.
    ///
    /// # Errors
    ///
    /// If no id was stored.
    pub fn from_record(text: &str) -> Result<Self, ParseError> {
        if text == HOST {
            Ok(Self::host())
        } else {
            text.parse()
        }
    }
}

impl FromStr for TenantId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let has_form = (1..=63).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(allowed);
        if has_form && text != HOST {
            Ok(Self(text.into()))
        } else {
            Err(ParseError {
                what: "tenant",
                text: text.chars().take(64).collect(),
            })
        }
    }
}

impl TryFrom<String> for TenantId {
    type Error = ParseError;

    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_later_and_survive_text() {
        let earlier = RunId::at(1_000, [0xff; 10]);
        let later = RunId::at(1_001, [0; 10]);
        assert!(earlier < later);
        assert_eq!(later.to_string().parse::<RunId>().unwrap(), later);
        assert!("nonsense".parse::<RunId>().is_err());
    }

    #[test]
    fn tenants_are_safe_as_path_segments() {
        for bad in ["", "-a", "A", "a/b", "..", "a b", "ä", &"x".repeat(64)] {
            assert!(bad.parse::<TenantId>().is_err(), "{bad:?}");
        }
        assert_eq!("local".parse::<TenantId>().unwrap().as_str(), "local");
        let host = TenantId::host();
        assert!(host.as_str().parse::<TenantId>().is_err());
        assert_eq!(TenantId::from_record(host.as_str()).unwrap(), host);
    }
}
