use std::sync::Arc;

use bytes::Bytes;
use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_workflow::{Document, Problem, check};

use crate::catalog::VERSIONS;
use crate::version::{VersionRecord, info, version_id};
use crate::{Catalog, Error, Graph, VersionInfo, WorkflowDraft};

/// Which state of a workflow a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Draft,
    Published,
    Version(u32),
}

impl Catalog {
    /// Every problem of a document, warnings too. Without an error among them it can be published.
    pub async fn check(&self, tenant: &TenantId, body: Bytes) -> Result<Vec<Problem>, Error> {
        let document = match Document::parse(&body) {
            Ok(document) => document,
            Err(error) => return Ok(vec![error.into()]),
        };
        let known = self.known_types(tenant, &document).await?;
        Ok(match check(document, &known) {
            Ok(workflow) => workflow.warnings,
            Err(problems) => problems,
        })
    }

    /// Checks the draft and makes it the next version, which runs and triggers use from now on.
    pub async fn publish(&self, tenant: &TenantId, id: WorkflowId) -> Result<VersionInfo, Error> {
        let (etag, mut workflow) = self.workflow_record(tenant, id).await?;
        let graph = self.keep_graph(tenant, &workflow.document).await?;
        let version = VersionRecord {
            workflow: id,
            number: self.next_number(tenant, id, workflow.latest).await?,
            graph: graph.digest.clone(),
            created_at: self.0.clock.now().to_string(),
        };
        let key = version_id(id, version.number);
        self.0
            .store
            .insert(tenant, &VERSIONS, &key, &version)
            .await
            .map_err(|error| taken(id, etag, error))?;
        workflow.latest = version.number;
        workflow.published = Some(version.number);
        workflow.published_graph = Some(version.graph.clone());
        self.write_workflow(tenant, id, etag, &mut workflow).await?;
        Ok(info(version, None))
    }

    /// Nothing starts this workflow any more, except drafts and named versions.
    pub async fn unpublish(&self, tenant: &TenantId, id: WorkflowId) -> Result<WorkflowDraft, Error> {
        let (etag, mut workflow) = self.workflow_record(tenant, id).await?;
        workflow.published = None;
        workflow.published_graph = None;
        self.write_workflow(tenant, id, etag, &mut workflow).await?;
        self.draft(tenant, id).await
    }

    /// The graph that a run takes, and the version's number if it has one.
    pub async fn find_graph(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        which: Which,
    ) -> Result<(Arc<Graph>, Option<u32>), Error> {
        if let Which::Version(number) = which {
            let version = self.version_record(tenant, id, number).await?;
            return Ok((self.graph(tenant, &version.graph).await?, Some(number)));
        }
        let (_, workflow) = self.workflow_record(tenant, id).await?;
        if which == Which::Draft {
            return Ok((self.keep_graph(tenant, &workflow.document).await?, None));
        }
        let Some(digest) = &workflow.published_graph else {
            let message = format!("workflow `{id}` is not published: publish it, or start its draft");
            return Err(Error::Refused {
                code: "workflow-not-published",
                message,
            });
        };
        Ok((self.graph(tenant, digest).await?, workflow.published))
    }

    /// A version may be there without the workflow knowing it, if a process died between the two writes: skip it.
    async fn next_number(&self, tenant: &TenantId, id: WorkflowId, latest: u32) -> Result<u32, Error> {
        let mut number = latest + 1;
        while self
            .0
            .store
            .get(tenant, &VERSIONS, &version_id(id, number))
            .await
            .map_err(Error::storage)?
            .is_some()
        {
            number += 1;
        }
        Ok(number)
    }
}

fn taken(id: WorkflowId, etag: u64, error: monshyflow_store::Error) -> Error {
    if error.is_conflict() {
        Error::Changed {
            id: id.to_string(),
            current: etag,
        }
    } else {
        Error::storage(error)
    }
}
