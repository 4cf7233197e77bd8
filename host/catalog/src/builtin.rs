use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use monshyflow_ids::TenantId;
use monshyflow_manifest::TypeName;
use monshyflow_sandbox::MAX_COMPILATIONS;

use crate::catalog::{ComponentCell, locked};
use crate::component::{define, digest};
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
        // The compiler takes several at a time, each on a part of the processors.
        let imports = stream::iter(&files).map(|path| async move {
            let imported = self.import_builtin(path).await;
            imported.inspect_err(|error| {
                tracing::error!(file = %path.display(), %error, "a built-in node cannot be used");
            })
        });
        let imports = imports.buffer_unordered(MAX_COMPILATIONS);
        imports.try_collect::<()>().await?;
        Ok(files.len())
    }

    /// One that this host stored and compiled before passed all checks then; it is loaded when it is first called.
    async fn import_builtin(&self, path: &Path) -> Result<(), PublishNodeError> {
        let wasm = std::fs::read(path).map_err(|error| unreadable(path, error))?;
        let owner = TenantId::host();
        let digest = digest(&wasm);
        let record = self.component_record(&owner, &digest).await?;
        let known = record.and_then(|record| record.imports);
        let definition = match known.filter(|_| self.0.sandbox.is_compiled(&digest)) {
            Some(imports) => Arc::new(define(&wasm, &digest, imports, true)?),
            None => {
                let wasm = Bytes::from(wasm);
                let component = self.load(wasm.clone(), true).await?;
                self.store_component(&owner, &component, wasm).await?;
                component.definition
            }
        };
        locked(&self.0.builtin_components).insert(digest, ComponentCell::default());
        locked(&self.0.builtins).insert(definition.node_type.name.clone(), definition);
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
