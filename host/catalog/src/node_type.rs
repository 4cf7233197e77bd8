use std::sync::Arc;

use monshyflow_ids::TenantId;
use monshyflow_manifest::{Capability, Manifest, TypeName};

use crate::{Catalog, Definition, Error, Grant, default_grants, missing_capabilities};

/// A node type as a tenant sees it.
#[derive(Debug, Clone)]
pub struct NodeTypeInfo {
    pub name: TypeName,
    /// Semantic version of the component behind the name now.
    pub semver: String,
    /// SHA-256 of that component, lower-case hex.
    pub digest: String,
    /// Ships with the server, for every tenant.
    pub builtin: bool,
    pub manifest: Arc<Manifest>,
    /// WIT interfaces that the component imports; WASI ones are linked, but powerless.
    pub imports: Vec<String>,
    pub grants: Vec<Grant>,
    /// Wanted and not granted: a workflow that uses the node cannot be published.
    pub missing: Vec<Capability>,
}

#[derive(Debug)]
pub struct NodeTypePage {
    pub items: Vec<NodeTypeInfo>,
    pub next: Option<String>,
}

impl Catalog {
    /// Built-in node types and the tenant's own, by name. The cursor is the last name of the page before.
    pub async fn node_types(
        &self,
        tenant: &TenantId,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<NodeTypePage, Error> {
        let after = cursor.map(str::parse::<TypeName>).transpose().map_err(|_| {
            let message = "the cursor does not belong to this list".to_owned();
            let code = "bad-cursor";
            Error::Refused { code, message }
        })?;
        let mut names: Vec<TypeName> = self.builtin_names();
        names.extend(self.own_type_names(tenant).await?);
        names.retain(|name| after.as_ref().is_none_or(|after| name > after));
        names.sort();
        names.dedup();
        let more = names.len() > limit;
        names.truncate(limit);
        let mut items = Vec::with_capacity(names.len());
        for name in &names {
            items.push(self.node_type(tenant, name).await?);
        }
        let next = names.last().filter(|_| more).map(TypeName::to_string);
        Ok(NodeTypePage { items, next })
    }

    pub async fn node_type(&self, tenant: &TenantId, name: &TypeName) -> Result<NodeTypeInfo, Error> {
        let definition = self.current(tenant, name).await?;
        let grants = self.grants(tenant, &definition).await?;
        Ok(info(&definition, grants.to_vec()))
    }
}

pub(crate) fn info(definition: &Definition, grants: Vec<Grant>) -> NodeTypeInfo {
    let node_type = &definition.node_type;
    NodeTypeInfo {
        name: node_type.name.clone(),
        semver: node_type.manifest.version.clone(),
        digest: node_type.digest.clone(),
        builtin: definition.builtin,
        manifest: node_type.manifest.clone(),
        imports: definition.imports.clone(),
        missing: missing_capabilities(&node_type.manifest, &grants),
        grants,
    }
}

impl Definition {
    pub(crate) fn default_grants(&self) -> Vec<Grant> {
        if self.builtin {
            default_grants(&self.node_type.manifest)
        } else {
            Vec::new()
        }
    }
}
