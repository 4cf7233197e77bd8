use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use monshyflow_ids::TenantId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const PREFIX: &str = "mfk_";

/// A secret that lets a program act for a tenant: `mfk_` and 64 hexadecimal digits. Shown once, stored only as its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// SHA-256 of an API key. The key has 256 random bits, so a slow hash would add nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

#[derive(Debug, thiserror::Error)]
#[error("a stored API key hash has 64 hexadecimal digits")]
pub struct InvalidKeyHash;

/// The keys that are accepted and whose they are. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ApiKeys(Arc<[(KeyHash, TenantId)]>);

impl ApiKey {
    /// From 32 bytes of the operating system's randomness.
    pub fn new(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", HEXLOWER.encode(&random)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> KeyHash {
        KeyHash::of(&self.0)
    }
}

/// Never shows the key.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(mfk_...)")
    }
}

impl KeyHash {
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for KeyHash {
    type Err = InvalidKeyHash;

    fn from_str(text: &str) -> Result<Self, InvalidKeyHash> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidKeyHash);
        }
        let mut hash = [0; 32];
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| InvalidKeyHash)?;
        }
        Ok(Self(hash))
    }
}

impl ApiKeys {
    pub fn new(keys: impl IntoIterator<Item = (KeyHash, TenantId)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Whose key this is. Takes as long for a nearly right key as for a wrong one: every entry is compared, in constant time.
    pub fn tenant(&self, presented: &str) -> Option<TenantId> {
        let presented = KeyHash::of(presented);
        let mut found = None;
        for (known, tenant) in self.0.iter() {
            if bool::from(known.0.ct_eq(&presented.0)) {
                found = Some(tenant);
            }
        }
        found.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_tenant_and_only_that() {
        let (one, two) = (ApiKey::new([7; 32]), ApiKey::new([8; 32]));
        let stored: KeyHash = one.hash().to_string().parse().unwrap();
        let keys = ApiKeys::new([
            (stored, "local".parse().unwrap()),
            (two.hash(), "other".parse().unwrap()),
        ]);
        assert_eq!(keys.tenant(one.as_str()).unwrap().as_str(), "local");
        assert_eq!(keys.tenant(two.as_str()).unwrap().as_str(), "other");
        assert!(keys.tenant("").is_none() && keys.tenant(&one.as_str()[..67]).is_none());
        assert!(!format!("{one:?}").contains("07"));
        assert!("zz".repeat(32).parse::<KeyHash>().is_err() && "é".repeat(32).parse::<KeyHash>().is_err());
    }
}
