use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use monshyflow_manifest::TypeName;

use crate::catalog::locked;
use crate::{Catalog, Error, PublishNodeError};

impl Catalog {
    /// Takes in every `.wasm` of a folder as a built-in node type. They are also stored, because versions that pin one
    /// outlive the server that shipped it. Answers how many there are.
    pub async fn import_builtins(&self, folder: &Path) -> Result<usize, PublishNodeError> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                files.push(path);
            }
        }
        files.sort();
        for path in &files {
            let wasm = std::fs::read(path).map_err(|error| unreadable(path, error))?;
            self.import_builtin(Bytes::from(wasm))
                .await
                .inspect_err(|error| {
                    tracing::error!(file = %path.display(), %error, "a built-in node cannot be used");
                })?;
        }
        Ok(files.len())
    }

    async fn import_builtin(&self, wasm: Bytes) -> Result<(), PublishNodeError> {
        let component = self.load(wasm.clone(), true).await?;
        let owner = self.0.builtin_tenant.clone();
        if !self.has_component(&owner, &component.node_type.digest).await? {
            self.store_component(&owner, &component, wasm).await?;
        }
        let name = component.node_type.name.clone();
        locked(&self.0.builtins).insert(name, Arc::new(component));
        Ok(())
    }

    pub(crate) fn builtin_names(&self) -> Vec<TypeName> {
        locked(&self.0.builtins).keys().cloned().collect()
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> PublishNodeError {
    let message = format!(
        "cannot read built-in nodes at {}: {error}; run `cargo xtask nodes`",
        path.display()
    );
    PublishNodeError::Catalog(Error::Refused {
        code: "nodes-missing",
        message,
    })
}
