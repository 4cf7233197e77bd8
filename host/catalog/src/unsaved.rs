use std::sync::Arc;

use monshyflow_ids::TenantId;
use monshyflow_workflow::check;
use serde_json::value::RawValue;

use crate::graph::parse;
use crate::{Catalog, Error, Graph};

impl Catalog {
    /// Checks a document against what the tenant has now, and keeps nothing of it: a graph to look at, not to run.
    pub async fn unsaved_graph(&self, tenant: &TenantId, document: &RawValue) -> Result<Arc<Graph>, Error> {
        let parsed = parse(document)?;
        let known = self.known_types(tenant, &parsed).await?;
        let workflow = check(parsed, &known).map_err(Error::Invalid)?;
        Ok(Arc::new(Graph {
            digest: String::new(),
            workflow: Arc::new(workflow),
        }))
    }
}
