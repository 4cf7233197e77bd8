use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_store::{Document as Stored, Find};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::catalog::VERSIONS;
use crate::draft::{list_error, unchanged};
use crate::{Catalog, Error, WorkflowDraft};

/// A published version, immutable.
#[derive(Debug, Clone)]
pub struct VersionInfo {
    pub workflow: WorkflowId,
    /// From 1.
    pub number: u32,
    /// Digest of the graph.
    pub graph: String,
    pub created_at: String,
    /// Only where one version is asked for.
    pub document: Option<Box<RawValue>>,
}

#[derive(Debug)]
pub struct VersionPage {
    pub items: Vec<VersionInfo>,
    pub next: Option<String>,
}

/// One with a number beyond the workflow's `latest` is what a publishing left behind that was not finished: it is not there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionRecord {
    pub(crate) workflow: WorkflowId,
    pub(crate) number: u32,
    pub(crate) graph: String,
    pub(crate) created_at: String,
    /// What the client that published it named its request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
}

impl Catalog {
    /// Newest first.
    pub async fn versions(
        &self,
        tenant: &TenantId,
        workflow: WorkflowId,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<VersionPage, Error> {
        let (_, record) = self.workflow_record(tenant, workflow).await?;
        let find = Find::by(&VERSIONS, &["workflow", "number"])
            .equals([workflow.to_string()])
            .below(u64::from(record.latest) + 1);
        let find = find.descending().limit(limit).after(cursor);
        let page = self.0.store.find(tenant, find).await.map_err(list_error)?;
        let items = page.items.iter().map(|stored| Ok(info(read(stored)?, None)));
        Ok(VersionPage {
            items: items.collect::<Result<_, Error>>()?,
            next: page.next,
        })
    }

    pub async fn version(
        &self,
        tenant: &TenantId,
        workflow: WorkflowId,
        number: u32,
    ) -> Result<VersionInfo, Error> {
        let record = self.version_record(tenant, workflow, number).await?;
        let graph = self.graph_record(tenant, &record.graph).await?;
        Ok(info(record, Some(graph.document)))
    }

    /// Makes a version's document the draft again, in place of the one that the client saw.
    pub async fn restore(
        &self,
        tenant: &TenantId,
        workflow: WorkflowId,
        number: u32,
        if_match: u64,
    ) -> Result<WorkflowDraft, Error> {
        let record = self.version_record(tenant, workflow, number).await?;
        let graph = self.graph_record(tenant, &record.graph).await?;
        let (version, mut current) = self.workflow_record(tenant, workflow).await?;
        unchanged(workflow, version, Some(if_match))?;
        current.name = crate::graph::parse(&graph.document)?.name;
        current.document = graph.document;
        self.write_workflow(tenant, workflow, version, &mut current)
            .await?;
        self.draft(tenant, workflow).await
    }

    pub(crate) async fn version_record(
        &self,
        tenant: &TenantId,
        workflow: WorkflowId,
        number: u32,
    ) -> Result<VersionRecord, Error> {
        let (_, record) = self.workflow_record(tenant, workflow).await?;
        let id = version_id(workflow, number);
        let found = self
            .0
            .store
            .get(tenant, &VERSIONS, &id)
            .await
            .map_err(Error::storage)?;
        let found = found.filter(|_| number <= record.latest);
        read(&found.ok_or_else(|| Error::not_found("version", number))?)
    }

    /// The version that was published with this key.
    pub(crate) async fn published_with(
        &self,
        tenant: &TenantId,
        workflow: WorkflowId,
        key: &str,
    ) -> Result<Option<VersionInfo>, Error> {
        let (_, record) = self.workflow_record(tenant, workflow).await?;
        let find = Find::by(&VERSIONS, &["workflow", "idempotencyKey"]);
        let find = find.equals([workflow.to_string(), key.to_owned()]);
        let page = self.0.store.find(tenant, find).await.map_err(Error::storage)?;
        let found = page.items.first().map(read).transpose()?;
        let found = found.filter(|version| version.number <= record.latest);
        Ok(found.map(|version| info(version, None)))
    }
}

pub(crate) fn version_id(workflow: WorkflowId, number: u32) -> String {
    format!("{workflow}.{number}")
}

pub(crate) fn info(record: VersionRecord, document: Option<Box<RawValue>>) -> VersionInfo {
    let VersionRecord {
        workflow,
        number,
        graph,
        created_at,
        idempotency_key: _,
    } = record;
    VersionInfo {
        workflow,
        number,
        graph,
        created_at,
        document,
    }
}

fn read(stored: &Stored) -> Result<VersionRecord, Error> {
    stored.read().map_err(Error::storage)
}
