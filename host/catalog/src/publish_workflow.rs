use std::sync::Arc;

use bytes::Bytes;
use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_store::Op;
use monshyflow_workflow::{Document, Problem, check};

use crate::catalog::{VERSIONS, WORKFLOWS};
use crate::draft::{conflict, unchanged};
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

    /// Checks the draft and makes it the next version, which runs and triggers use from now on. The same key of a workflow
    /// always answers with the same version.
    pub async fn publish(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        if_match: Option<u64>,
        idempotency_key: Option<&str>,
    ) -> Result<VersionInfo, Error> {
        let Some(key) = idempotency_key else {
            return self.publish_draft(tenant, id, if_match, None).await;
        };
        if let Some(published) = self.published_with(tenant, id, key).await? {
            return Ok(published);
        }
        match self.publish_draft(tenant, id, if_match, Some(key)).await {
            // By somebody with the same key, perhaps.
            Err(changed @ Error::Changed { .. }) => {
                let published = self.published_with(tenant, id, key).await?;
                published.ok_or(changed)
            }
            other => other,
        }
    }

    async fn publish_draft(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        if_match: Option<u64>,
        key: Option<&str>,
    ) -> Result<VersionInfo, Error> {
        let (etag, mut workflow) = self.workflow_record(tenant, id).await?;
        unchanged(id, etag, if_match)?;
        let graph = self.keep_graph(tenant, &workflow.document).await?;
        let version = VersionRecord {
            workflow: id,
            number: self.next_number(tenant, id, workflow.latest).await?,
            idempotency_key: key.map(str::to_owned),
            graph: graph.digest.clone(),
            created_at: self.0.clock.now().to_string(),
        };
        let left_behind = workflow.latest + 1..version.number;
        workflow.latest = version.number;
        workflow.published = Some(version.number);
        workflow.published_graph = Some(version.graph.clone());
        workflow.updated_at.clone_from(&version.created_at);
        // The workflow's change decides. A version without it is not there; once it is done, no other publishing can come
        // to its end that began before, so what those left behind can go.
        let mut ops = vec![
            Op::insert(tenant, &VERSIONS, version_id(id, version.number), &version),
            Op::replace(tenant, &WORKFLOWS, id.to_string(), etag, &workflow),
        ];
        ops.extend(left_behind.map(|number| {
            Ok(Op::Delete {
                tenant: tenant.clone(),
                collection: &VERSIONS,
                id: version_id(id, number),
                version: None,
            })
        }));
        let ops = ops
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(Error::storage)?;
        match self.0.store.write(ops).await {
            Ok(_) => Ok(info(version, None)),
            Err(error) => Err(self.not_published(tenant, id, error).await?),
        }
    }

    /// Whoever published in between took the version's number before the workflow's version showed it.
    async fn not_published(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        error: monshyflow_store::Error,
    ) -> Result<Error, Error> {
        match error {
            monshyflow_store::Error::Conflict { collection, .. } if collection == VERSIONS.name => {
                let (current, _) = self.workflow_record(tenant, id).await?;
                let id = id.to_string();
                Ok(Error::Changed { id, current })
            }
            other => Ok(conflict(id, other)),
        }
    }

    /// Nothing starts this workflow any more, except drafts and named versions.
    pub async fn unpublish(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        if_match: Option<u64>,
    ) -> Result<WorkflowDraft, Error> {
        let (etag, mut workflow) = self.workflow_record(tenant, id).await?;
        unchanged(id, etag, if_match)?;
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

    /// A number beyond `latest` is taken by a publishing that is under way or was left behind.
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
