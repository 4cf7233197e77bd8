use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_ids::TenantId;
use monshyflow_manifest::{TypeName, check_target};
use monshyflow_store::{BY_ID, Find};
use monshyflow_workflow::{Document, NodeType, NodeTypes};

use crate::catalog::{NODE_TYPES, locked};
use crate::publish_node::NodeTypeRecord;
use crate::{Catalog, Definition, Error, Grant, missing_capabilities};

/// The node types that a document can mean, fetched before the check, which does no I/O.
#[derive(Debug)]
pub(crate) struct Known {
    types: BTreeMap<TypeName, Arc<NodeType>>,
    grants: BTreeMap<TypeName, Arc<[Grant]>>,
    names: Vec<TypeName>,
}

impl NodeTypes for Known {
    fn get(&self, name: &TypeName) -> Option<Arc<NodeType>> {
        self.types.get(name).cloned()
    }

    fn names(&self) -> Vec<TypeName> {
        self.names.clone()
    }

    fn missing_grants(&self, node_type: &NodeType) -> Vec<String> {
        let grants = self.grants.get(&node_type.name).map_or(&[][..], |grants| grants);
        let missing = missing_capabilities(&node_type.manifest, grants);
        missing
            .iter()
            .map(|wanted| format!("{:?} ({})", wanted.kind, wanted.reason).to_lowercase())
            .collect()
    }
}

impl Catalog {
    /// What the document's node types stand for now.
    pub(crate) async fn known_types(&self, tenant: &TenantId, document: &Document) -> Result<Known, Error> {
        let mut known = Known {
            types: BTreeMap::new(),
            grants: BTreeMap::new(),
            names: self.builtin_names(),
        };
        known.names.extend(self.own_type_names(tenant).await?);
        for name in type_names(document) {
            match self.current(tenant, &name).await {
                Ok(definition) => {
                    known
                        .grants
                        .insert(name.clone(), self.grants(tenant, &definition).await?);
                    known.types.insert(name, definition.node_type.clone());
                }
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    /// What a name stands for in a tenant now.
    pub(crate) async fn current(&self, tenant: &TenantId, name: &TypeName) -> Result<Arc<Definition>, Error> {
        if let Some(definition) = locked(&self.0.builtins).get(name) {
            return Ok(definition.clone());
        }
        let record = self.node_type_record(tenant, name).await?;
        match record.and_then(|record| record.digest) {
            Some(digest) => Ok(self.component(tenant, &digest).await?.definition.clone()),
            None => Err(Error::not_found("node type", name)),
        }
    }

    /// What the tenant allows the component to do.
    pub async fn grants(&self, tenant: &TenantId, definition: &Definition) -> Result<Arc<[Grant]>, Error> {
        let key = (tenant.clone(), definition.node_type.name.clone());
        if let Some(grants) = locked(&self.0.grants).get(&key) {
            return Ok(grants.clone());
        }
        let record = self.node_type_record(tenant, &definition.node_type.name).await?;
        let grants = record
            .and_then(|record| record.grants)
            .unwrap_or_else(|| definition.default_grants());
        let grants: Arc<[Grant]> = grants.into();
        locked(&self.0.grants).insert(key, grants.clone());
        Ok(grants)
    }

    /// Replaces what a node type may do, and answers the version that `grants_version` gives from then on.
    pub async fn set_grants(
        &self,
        tenant: &TenantId,
        name: &TypeName,
        grants: Vec<Grant>,
        if_match: Option<u64>,
    ) -> Result<(u64, crate::NodeTypeInfo), Error> {
        let definition = self.current(tenant, name).await?;
        for grant in &grants {
            let asked = definition
                .node_type
                .manifest
                .capabilities
                .iter()
                .any(|wanted| wanted.kind == grant.kind);
            if !asked {
                let message = format!(
                    "`{name}` does not ask for {:?}, so it cannot be granted",
                    grant.kind
                );
                return Err(Error::Refused {
                    code: "grant-not-requested",
                    message: message.to_lowercase(),
                });
            }
            check_targets(grant)?;
        }
        let version = self
            .update_node_type(tenant, name, if_match, |record| {
                record.grants = Some(grants.clone());
            })
            .await?;
        locked(&self.0.grants).remove(&(tenant.clone(), name.clone()));
        Ok((version, self.node_type(tenant, name).await?))
    }

    /// Goes up with every change of a node type's grants, and with every component that takes its name.
    pub async fn grants_version(&self, tenant: &TenantId, name: &TypeName) -> Result<u64, Error> {
        let found = self.0.store.get(tenant, &NODE_TYPES, &name.to_string()).await;
        let found = found.map_err(Error::storage)?;
        Ok(found.map_or(0, |document| document.version))
    }

    /// Takes a node type of the tenant away. Its component stays for the versions that pinned it.
    pub async fn delete_node_type(&self, tenant: &TenantId, name: &TypeName) -> Result<(), Error> {
        if locked(&self.0.builtins).contains_key(name) {
            let message =
                format!("`{name}` ships with the server and cannot be deleted; take its grants away instead");
            return Err(Error::Refused {
                code: "node-type-builtin",
                message,
            });
        }
        let deleted = self
            .0
            .store
            .delete(tenant, &NODE_TYPES, &name.to_string(), None)
            .await;
        locked(&self.0.grants).remove(&(tenant.clone(), name.clone()));
        if deleted.map_err(Error::storage)? {
            Ok(())
        } else {
            Err(Error::not_found("node type", name))
        }
    }

    pub(crate) async fn own_type_names(&self, tenant: &TenantId) -> Result<Vec<TypeName>, Error> {
        let (mut names, mut cursor) = (Vec::new(), None);
        loop {
            let find = Find::by(&NODE_TYPES, BY_ID).limit(1_000).after(cursor);
            let page = self.0.store.find(tenant, find).await.map_err(Error::storage)?;
            for document in page.items {
                let record: NodeTypeRecord = document.read().map_err(Error::storage)?;
                names.extend(document.id.parse().ok().filter(|_| record.digest.is_some()));
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(names);
            }
        }
    }

    async fn node_type_record(
        &self,
        tenant: &TenantId,
        name: &TypeName,
    ) -> Result<Option<NodeTypeRecord>, Error> {
        let found = self
            .0
            .store
            .get(tenant, &NODE_TYPES, &name.to_string())
            .await
            .map_err(Error::storage)?;
        found
            .map(|document| document.read())
            .transpose()
            .map_err(Error::storage)
    }
}

fn check_targets(grant: &Grant) -> Result<(), Error> {
    let fault = grant.targets.iter().find_map(|target| {
        let reason = check_target(grant.kind, target).err()?;
        Some(format!("the target `{target}` {reason}"))
    });
    match fault {
        Some(message) => Err(Error::Refused {
            code: "grant-invalid",
            message,
        }),
        None => Ok(()),
    }
}

fn type_names(document: &Document) -> Vec<TypeName> {
    let mut names: Vec<TypeName> = document
        .nodes
        .iter()
        .filter_map(|node| node.node_type.parse().ok())
        .collect();
    names.sort();
    names.dedup();
    names
}
