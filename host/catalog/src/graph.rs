use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_ids::TenantId;
use monshyflow_manifest::TypeName;
use monshyflow_workflow::{Document, NodeType, Workflow, check};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::catalog::GRAPHS;
use crate::component::digest;
use crate::{Catalog, Error};

/// A checked document with the digests of its node types, immutable. Versions and runs name it by digest, so a run goes on
/// with what it started with, whatever is published meanwhile.
#[derive(Debug)]
pub struct Graph {
    /// SHA-256 of document and pins, lower-case hex.
    pub digest: String,
    pub workflow: Arc<Workflow>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GraphRecord {
    pub(crate) document: Box<RawValue>,
    /// Node type to the digest of its component.
    pins: BTreeMap<TypeName, String>,
}

impl Catalog {
    /// Checks a document against what the tenant has now, and keeps the result.
    pub async fn keep_graph(&self, tenant: &TenantId, document: &RawValue) -> Result<Arc<Graph>, Error> {
        let parsed = parse(document)?;
        let known = self.known_types(tenant, &parsed).await?;
        let workflow = check(parsed, &known).map_err(Error::Invalid)?;
        let types = workflow.nodes.iter().map(|node| &node.node_type);
        let pins = types.map(|t| (t.name.clone(), t.digest.clone())).collect();
        let record = GraphRecord {
            document: document.to_owned(),
            pins,
        };
        let text = serde_json::to_vec(&record).map_err(Error::storage)?;
        let graph = Arc::new(Graph {
            digest: digest(&text),
            workflow: Arc::new(workflow),
        });
        if let Some(known) = self.0.cached_graph(tenant, &graph.digest) {
            return Ok(known);
        }
        match self.0.store.insert(tenant, &GRAPHS, &graph.digest, &record).await {
            Err(error) if !error.is_conflict() => return Err(Error::storage(error)),
            _ => self.0.cache_graph(tenant, &graph),
        }
        Ok(graph)
    }

    /// A kept graph again, with the components that it pinned.
    pub async fn graph(&self, tenant: &TenantId, digest: &str) -> Result<Arc<Graph>, Error> {
        if let Some(graph) = self.0.cached_graph(tenant, digest) {
            return Ok(graph);
        }
        let record = self.graph_record(tenant, digest).await?;
        let mut types: BTreeMap<TypeName, Arc<NodeType>> = BTreeMap::new();
        for (name, pinned) in &record.pins {
            types.insert(
                name.clone(),
                self.component(tenant, pinned).await?.definition.node_type.clone(),
            );
        }
        let workflow = check(parse(&record.document)?, &types).map_err(Error::Invalid)?;
        let graph = Arc::new(Graph {
            digest: digest.to_owned(),
            workflow: Arc::new(workflow),
        });
        self.0.cache_graph(tenant, &graph);
        Ok(graph)
    }

    pub(crate) async fn graph_record(&self, tenant: &TenantId, digest: &str) -> Result<GraphRecord, Error> {
        let found = self
            .0
            .store
            .get(tenant, &GRAPHS, digest)
            .await
            .map_err(Error::storage)?;
        found
            .ok_or_else(|| Error::not_found("graph", digest))?
            .read()
            .map_err(Error::storage)
    }
}

pub(crate) fn parse(document: &RawValue) -> Result<Document, Error> {
    Document::parse(document.get().as_bytes()).map_err(|error| Error::Invalid(vec![error.into()]))
}
