use std::fmt;

use data_encoding::HEXLOWER;
use monshyflow_ids::{RunId, TenantId};
use object_store::path::Path;

/// First segment of what belongs to the host. No tenant can have this name.
const HOST: &str = "_host";
/// First segment of what belongs to tenants, before the tenant.
const TENANTS: &str = "tenants";

/// Where an object is. Made of typed parts, or read back from a record and checked against the tenant that reads it;
/// never of what a guest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("an object's key is not of this tenant")]
    Foreign,
    #[error("an object's key is not well formed")]
    Malformed,
}

impl ObjectKey {
    /// A part of an item list of a run; `unique` is random.
    pub fn run_segment(tenant: &TenantId, run: RunId, unique: [u8; 16]) -> Self {
        Self(format!(
            "{}/segments/{}",
            run_prefix(tenant, run),
            HEXLOWER.encode(&unique)
        ))
    }

    /// Binary data of an item of a run; `unique` is random.
    pub fn run_blob(tenant: &TenantId, run: RunId, unique: [u8; 16]) -> Self {
        Self(format!(
            "{}/blobs/{}",
            run_prefix(tenant, run),
            HEXLOWER.encode(&unique)
        ))
    }

    /// A component that a tenant published; `sha256` in lower-case hex.
    pub fn component(tenant: &TenantId, sha256: &str) -> Result<Self, KeyError> {
        check_digest(sha256)?;
        Ok(Self(format!("{TENANTS}/{tenant}/components/{sha256}.wasm")))
    }

    /// A component that came with the host, for all tenants.
    pub fn host_component(sha256: &str) -> Result<Self, KeyError> {
        check_digest(sha256)?;
        Ok(Self(format!("{HOST}/components/{sha256}.wasm")))
    }

    /// A key that was stored before, for `tenant` to use.
    pub fn of_tenant(tenant: &TenantId, text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix(TENANTS).and_then(|rest| rest.strip_prefix('/'));
        let rest = rest
            .and_then(|rest| rest.strip_prefix(tenant.as_str()))
            .and_then(|rest| rest.strip_prefix('/'));
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'.');
        let sound = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed);
        match rest {
            None => Err(KeyError::Foreign),
            Some(rest) if text.len() <= 512 && rest.split('/').all(sound) => Ok(Self(text.to_owned())),
            Some(_) => Err(KeyError::Malformed),
        }
    }

    /// What all objects of a run have in common.
    pub fn run(tenant: &TenantId, run: RunId) -> Self {
        Self(run_prefix(tenant, run))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.0.as_str())
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn run_prefix(tenant: &TenantId, run: RunId) -> String {
    format!("{TENANTS}/{tenant}/runs/{run}")
}

fn check_digest(sha256: &str) -> Result<(), KeyError> {
    let hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if sha256.len() == 64 && sha256.bytes().all(hex) {
        Ok(())
    } else {
        Err(KeyError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tenants_own_keys_are_read_back() {
        let (mine, other): (TenantId, TenantId) = ("acme".parse().unwrap(), "acme-2".parse().unwrap());
        let key = ObjectKey::run_segment(&mine, RunId::at(1, [7; 10]), [0xab; 16]);
        assert_eq!(ObjectKey::of_tenant(&mine, key.as_str()), Ok(key.clone()));
        assert_eq!(ObjectKey::of_tenant(&other, key.as_str()), Err(KeyError::Foreign));
        for bad in [
            "tenants/acme/../x",
            "tenants/acme//x",
            "tenants/acme/",
            "tenants/acme/.x",
            "tenants/acme/A",
        ] {
            assert_eq!(
                ObjectKey::of_tenant(&mine, bad),
                Err(KeyError::Malformed),
                "{bad}"
            );
        }
        assert_eq!(
            ObjectKey::of_tenant(&mine, "tenants/acme"),
            Err(KeyError::Foreign)
        );
        assert_eq!(ObjectKey::component(&mine, "../../etc"), Err(KeyError::Malformed));
        assert!(ObjectKey::host_component(&"0f".repeat(32)).is_ok());
    }
}
