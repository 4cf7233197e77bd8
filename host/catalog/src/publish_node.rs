use bytes::Bytes;
use monshyflow_ids::TenantId;
use monshyflow_manifest::{InvalidTypeName, ManifestError, SectionError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::catalog::{NODE_TYPES, locked};
use crate::draft::unchanged;
use crate::examples::try_examples;
use crate::node_type::info;
use crate::{Catalog, Component, Error, Grant, NodeTypeInfo};

/// Why a component cannot be a node type.
#[derive(Debug, thiserror::Error)]
pub enum PublishNodeError {
    #[error("the component has {size} bytes; the limit is {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error(transparent)]
    Section(#[from] SectionError),
    #[error("the manifest is not valid: {0}")]
    Manifest(#[from] ManifestError),
    #[error("the manifest is not valid: {0}")]
    TypeName(#[from] InvalidTypeName),
    #[error(transparent)]
    Sandbox(#[from] monshyflow_sandbox::PublishError),
    #[error("the manifest's examples do not hold: {0}")]
    Examples(String),
    #[error("`{0}` ships with the server: give your node another name")]
    NameTaken(String),
    #[error(transparent)]
    Catalog(#[from] Error),
}

impl PublishNodeError {
    /// Stable, with a page in docs/errors.
    pub fn code(&self) -> &str {
        match self {
            Self::TooLarge { .. } => "component-too-large",
            Self::Section(_) => "manifest-missing",
            Self::Manifest(_) | Self::TypeName(_) => "manifest-invalid",
            Self::Sandbox(error) => error.code(),
            Self::Examples(_) => "example-failed",
            Self::NameTaken(_) => "node-type-name-taken",
            Self::Catalog(_) => "storage",
        }
    }
}

/// Which component a name stands for in a tenant, and what it may do. `digest` is absent for built-in ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeTypeRecord {
    #[serde(default)]
    pub(crate) digest: Option<String>,
    /// Absent means the default: all that a built-in one asks for, nothing for others.
    #[serde(default)]
    pub(crate) grants: Option<Vec<Grant>>,
}

impl Catalog {
    /// Makes a component a node type of the tenant, or the newer one behind a name that it has. Published workflows keep the
    /// digest that they pinned. Grants stay as they were: a new wish is not granted by an update.
    pub async fn publish_node(
        &self,
        tenant: &TenantId,
        wasm: Bytes,
    ) -> Result<NodeTypeInfo, PublishNodeError> {
        let component = self.load(wasm.clone(), false).await?;
        try_examples(&self.0.sandbox, &component).await?;
        let definition = component.definition.clone();
        let name = definition.node_type.name.clone();
        self.store_component(tenant, &component, wasm).await?;
        let digest = definition.node_type.digest.clone();
        self.update_node_type(tenant, &name, None, |record| record.digest = Some(digest.clone()))
            .await?;
        self.remember(tenant, Arc::new(component));
        let grants = self.grants(tenant, &definition).await?;
        Ok(info(&definition, grants.to_vec()))
    }

    fn remember(&self, tenant: &TenantId, component: Arc<Component>) {
        let key = (tenant.clone(), component.definition.node_type.digest.clone());
        let cell = Arc::new(tokio::sync::OnceCell::new_with(Some(component)));
        locked(&self.0.components).insert(key, cell);
    }
}

impl Catalog {
    /// Read, change, compare and set; somebody who came in between makes it start again. Answers the new version.
    pub(crate) async fn update_node_type(
        &self,
        tenant: &TenantId,
        name: &monshyflow_manifest::TypeName,
        if_match: Option<u64>,
        change: impl Fn(&mut NodeTypeRecord),
    ) -> Result<u64, Error> {
        let id = name.to_string();
        loop {
            let found = self
                .0
                .store
                .get(tenant, &NODE_TYPES, &id)
                .await
                .map_err(Error::storage)?;
            let current = found.as_ref().map_or(0, |document| document.version);
            unchanged(name, current, if_match)?;
            let mut record: NodeTypeRecord = match &found {
                Some(document) => document.read().map_err(Error::storage)?,
                None => NodeTypeRecord::default(),
            };
            change(&mut record);
            let written = match &found {
                Some(document) => {
                    let version = document.version;
                    self.0
                        .store
                        .replace_if(tenant, &NODE_TYPES, &id, version, &record)
                        .await
                }
                None => {
                    let inserted = self.0.store.insert(tenant, &NODE_TYPES, &id, &record).await;
                    inserted.map(|()| 1)
                }
            };
            match written {
                Ok(version) => return Ok(version),
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(Error::storage(error)),
            }
        }
    }
}
