use std::path::Path;

use anyhow::Context;
use monshyflow_clock::random;
use monshyflow_ids::TenantId;
use monshyflow_web::{ApiKey, ApiKeys, KeyHash};

use crate::host_key::write_private;
use crate::say;

/// The one API key that there is until the auth service comes. It is made and shown at the first start; only its hash is kept.
pub(crate) fn bootstrap_key(folder: &Path, tenant: &TenantId) -> anyhow::Result<ApiKeys> {
    let path = folder.join("api-key.sha256");
    let hash: KeyHash = match std::fs::read_to_string(&path) {
        Ok(text) => {
            let what = || {
                format!(
                    "{} is damaged: delete it, and a new API key is made",
                    path.display()
                )
            };
            text.trim().parse().with_context(what)?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = ApiKey::new(random());
            write_private(&path, key.hash().to_string().as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
            say(&format!(
                "\n  Your API key, shown only now:\n\n    {}\n\n  It acts for the tenant `{tenant}`. To get another one, \
                 stop the server and delete {}.\n",
                key.as_str(),
                path.display()
            ));
            key.hash()
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    Ok(ApiKeys::new([(hash, tenant.clone())]))
}
