use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use monshyflow_ids::TenantId;
use monshyflow_manifest::{Manifest, extract};
use monshyflow_sandbox::Loaded;
use monshyflow_store::{Durable, ObjectKey};
use monshyflow_workflow::NodeType;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::{COMPONENTS, locked};
use crate::{Catalog, Error, PublishNodeError};

/// Most bytes of a component.
pub(crate) const MAX_COMPONENT: usize = 32 << 20;

/// What is known of a component without loading it.
#[derive(Debug)]
pub struct Definition {
    pub node_type: Arc<NodeType>,
    /// WIT interfaces that it imports.
    pub(crate) imports: Vec<String>,
    pub(crate) builtin: bool,
}

/// A component that is ready to be called.
#[derive(Debug)]
pub struct Component {
    pub definition: Arc<Definition>,
    pub loaded: Loaded,
}

/// What the store knows of a component; its bytes are in the object store.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ComponentRecord {
    name: String,
    semver: String,
    size: usize,
    /// Unknown of components that an earlier version of this program stored.
    #[serde(default)]
    pub(crate) imports: Option<Vec<String>>,
}

impl Catalog {
    /// A component by digest: the tenant's own, or one that ships or once shipped with the server.
    pub async fn component(&self, tenant: &TenantId, digest: &str) -> Result<Arc<Component>, Error> {
        let builtin = locked(&self.0.builtin_components).get(digest).cloned();
        if let Some(cell) = builtin {
            let owner = TenantId::host();
            let loaded = cell.get_or_try_init(|| self.read_component(&owner, digest)).await;
            return loaded.cloned();
        }
        let cell = {
            let mut components = locked(&self.0.components);
            components
                .entry((tenant.clone(), digest.to_owned()))
                .or_default()
                .clone()
        };
        let loaded = cell.get_or_try_init(|| self.read_component(tenant, digest)).await;
        if loaded.is_err() {
            locked(&self.0.components).remove(&(tenant.clone(), digest.to_owned()));
        }
        loaded.cloned()
    }

    async fn read_component(&self, tenant: &TenantId, digest: &str) -> Result<Arc<Component>, Error> {
        let host = TenantId::host();
        for owner in [tenant, &host] {
            if self.component_record(owner, digest).await?.is_none() {
                continue;
            }
            let wasm = self.0.objects.get(&object_key(owner, digest)?).await;
            let builtin = *owner == host;
            let component = self
                .load(wasm.map_err(Error::storage)?, builtin)
                .await
                .map_err(Error::storage)?;
            return Ok(Arc::new(component));
        }
        Err(Error::not_found("component", digest))
    }

    /// Manifest, checks, compilation (or its cached result): everything short of storing.
    pub(crate) async fn load(&self, wasm: Bytes, builtin: bool) -> Result<Component, PublishNodeError> {
        if wasm.len() > MAX_COMPONENT {
            return Err(PublishNodeError::TooLarge {
                size: wasm.len(),
                limit: MAX_COMPONENT,
            });
        }
        // What is wrong with it is known before a compiler has worked for a minute.
        let copy = wasm.clone();
        let digest = off_thread(move || Ok(digest(&copy))).await?;
        if !self.0.sandbox.is_compiled(&digest) {
            self.0.sandbox.check(wasm.clone()).await?;
        }
        let copy = wasm.clone();
        let mut definition = off_thread(move || define(&copy, &digest, Vec::new(), builtin)).await?;
        let name = &definition.node_type.name;
        if !builtin && locked(&self.0.builtins).contains_key(name) {
            return Err(PublishNodeError::NameTaken(name.to_string()));
        }
        let loaded = self.0.sandbox.load(wasm).await?;
        definition.imports = loaded.imports().to_vec();
        Ok(Component {
            definition: Arc::new(definition),
            loaded,
        })
    }

    /// Bytes first, so that a record always has its bytes. Twice is the same as once.
    pub(crate) async fn store_component(
        &self,
        tenant: &TenantId,
        component: &Component,
        wasm: Bytes,
    ) -> Result<(), Error> {
        let Definition {
            node_type, imports, ..
        } = &*component.definition;
        let digest = &node_type.digest;
        let size = wasm.len();
        self.0
            .objects
            .put(&object_key(tenant, digest)?, wasm, Durable::Now)
            .await
            .map_err(Error::storage)?;
        let manifest = &node_type.manifest;
        let record = ComponentRecord {
            name: manifest.name.clone(),
            semver: manifest.version.clone(),
            size,
            imports: Some(imports.clone()),
        };
        match self.0.store.insert(tenant, &COMPONENTS, digest, &record).await {
            Err(error) if !error.is_conflict() => Err(Error::storage(error)),
            _ => Ok(()),
        }
    }

    pub(crate) async fn component_record(
        &self,
        tenant: &TenantId,
        digest: &str,
    ) -> Result<Option<ComponentRecord>, Error> {
        let found = self
            .0
            .store
            .get(tenant, &COMPONENTS, digest)
            .await
            .map_err(Error::storage)?;
        found
            .map(|document| document.read())
            .transpose()
            .map_err(Error::storage)
    }
}

/// Components are large, and whoever uploads one is not to delay those whose runs the async threads drive.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PublishNodeError> + Send + 'static,
) -> Result<T, PublishNodeError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::storage(error).into()))
}

/// By the manifest in the component.
pub(crate) fn define(
    wasm: &[u8],
    digest: &str,
    imports: Vec<String>,
    builtin: bool,
) -> Result<Definition, PublishNodeError> {
    let manifest = Arc::new(Manifest::parse(extract(wasm)?)?);
    Ok(Definition {
        node_type: Arc::new(NodeType::from_manifest(manifest, digest)?),
        imports,
        builtin,
    })
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn object_key(tenant: &TenantId, digest: &str) -> Result<ObjectKey, Error> {
    ObjectKey::component(tenant, digest).map_err(Error::storage)
}
