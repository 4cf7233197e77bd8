use bytes::Bytes;
use monshyflow_ids::{TenantId, WorkflowId};
use monshyflow_store::{ConflictKey, Document as Stored, Find};
use monshyflow_workflow::Document;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::catalog::WORKFLOWS;
use crate::component::digest;
use crate::{Catalog, Error};

/// A workflow while it is edited. A draft may have problems; it only must have the shape of a document.
#[derive(Debug, Clone)]
pub struct WorkflowDraft {
    pub id: WorkflowId,
    /// Goes up with every change; what `If-Match` compares.
    pub etag: u64,
    pub name: String,
    pub document: Box<RawValue>,
    /// The version that triggers and runs use.
    pub published: Option<u32>,
    /// The newest version ever published, 0 if none.
    pub latest: u32,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug)]
pub struct DraftPage {
    pub items: Vec<WorkflowDraft>,
    pub next: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkflowRecord {
    pub(crate) name: String,
    pub(crate) document: Box<RawValue>,
    #[serde(default)]
    pub(crate) published: Option<u32>,
    /// Graph of the published version.
    #[serde(default)]
    pub(crate) published_graph: Option<String>,
    #[serde(default)]
    pub(crate) latest: u32,
    /// What the client that created it named its request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// Digest of the document that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl Catalog {
    /// The same key always answers with the same workflow, as it is now, until that is deleted.
    pub async fn create_workflow(
        &self,
        tenant: &TenantId,
        body: Bytes,
        idempotency_key: Option<String>,
    ) -> Result<WorkflowDraft, Error> {
        let (name, document) = shape(&body)?;
        let asked = idempotency_key.as_ref().map(|_| digest(&body));
        let now = self.0.clock.now().to_string();
        let record = WorkflowRecord {
            name,
            document,
            published: None,
            published_graph: None,
            latest: 0,
            idempotency_key,
            asked,
            created_at: now.clone(),
            updated_at: now,
        };
        let id: WorkflowId = self.0.clock.id();
        let key = record.idempotency_key.as_deref();
        let written = self
            .0
            .store
            .insert(tenant, &WORKFLOWS, &id.to_string(), &record)
            .await;
        match (written, key) {
            (Ok(()), _) => Ok(draft(id, 1, record)),
            (Err(error), Some(key)) if error.is_conflict() => {
                self.created_with(tenant, key, record.asked.as_deref()).await
            }
            (Err(error), _) => Err(Error::storage(error)),
        }
    }

    async fn created_with(
        &self,
        tenant: &TenantId,
        key: &str,
        asked: Option<&str>,
    ) -> Result<WorkflowDraft, Error> {
        let find = Find::by(&WORKFLOWS, &["idempotencyKey"]).equals([key]);
        let page = self.0.store.find(tenant, find).await.map_err(Error::storage)?;
        let found = page.items.first();
        let found = found.ok_or_else(|| Error::not_found("workflow created with the key", key))?;
        let first: WorkflowRecord = found.read().map_err(Error::storage)?;
        if first.asked.is_some() && first.asked.as_deref() != asked {
            let message = format!(
                "this Idempotency-Key created workflow {} with another document; use a new key for a new one",
                found.id
            );
            let code = "idempotency-key-reused";
            return Err(Error::Refused { code, message });
        }
        read(found)
    }

    pub async fn draft(&self, tenant: &TenantId, id: WorkflowId) -> Result<WorkflowDraft, Error> {
        let (version, record) = self.workflow_record(tenant, id).await?;
        Ok(draft(id, version, record))
    }

    /// Last changed first.
    pub async fn drafts(
        &self,
        tenant: &TenantId,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<DraftPage, Error> {
        let find = Find::by(&WORKFLOWS, &["updatedAt"])
            .descending()
            .limit(limit)
            .after(cursor);
        let page = self.0.store.find(tenant, find).await.map_err(list_error)?;
        let items = page.items.iter().map(read);
        Ok(DraftPage {
            items: items.collect::<Result<_, Error>>()?,
            next: page.next,
        })
    }

    pub async fn replace_draft(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        body: Bytes,
        if_match: u64,
    ) -> Result<WorkflowDraft, Error> {
        let (name, document) = shape(&body)?;
        let (version, mut record) = self.workflow_record(tenant, id).await?;
        unchanged(id, version, Some(if_match))?;
        record.name = name;
        record.document = document;
        let version = self.write_workflow(tenant, id, version, &mut record).await?;
        Ok(draft(id, version, record))
    }

    /// Takes the draft away, so that nothing starts any more. Versions and runs stay as history.
    pub async fn delete_workflow(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        if_match: Option<u64>,
    ) -> Result<(), Error> {
        match self
            .0
            .store
            .delete(tenant, &WORKFLOWS, &id.to_string(), if_match)
            .await
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::not_found("workflow", id)),
            Err(error) => Err(conflict(id, error)),
        }
    }

    pub(crate) async fn workflow_record(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
    ) -> Result<(u64, WorkflowRecord), Error> {
        let found: Option<Stored> = self
            .0
            .store
            .get(tenant, &WORKFLOWS, &id.to_string())
            .await
            .map_err(Error::storage)?;
        let stored = found.ok_or_else(|| Error::not_found("workflow", id))?;
        Ok((stored.version, stored.read().map_err(Error::storage)?))
    }

    pub(crate) async fn write_workflow(
        &self,
        tenant: &TenantId,
        id: WorkflowId,
        version: u64,
        record: &mut WorkflowRecord,
    ) -> Result<u64, Error> {
        record.updated_at = self.0.clock.now().to_string();
        let written = self
            .0
            .store
            .replace_if(tenant, &WORKFLOWS, &id.to_string(), version, &*record)
            .await;
        written.map_err(|error| conflict(id, error))
    }
}

/// The name and the text of what has at least the shape of a document.
fn shape(body: &Bytes) -> Result<(String, Box<RawValue>), Error> {
    let document = Document::parse(body).map_err(|error| Error::Invalid(vec![error.into()]))?;
    let text: Box<RawValue> = serde_json::from_slice(body).map_err(Error::storage)?;
    Ok((document.name, text))
}

/// What the client saw, if it says so, is what there is.
pub(crate) fn unchanged(id: impl ToString, current: u64, seen: Option<u64>) -> Result<(), Error> {
    match seen {
        Some(seen) if seen != current => Err(Error::Changed {
            id: id.to_string(),
            current,
        }),
        _ => Ok(()),
    }
}

fn read(stored: &Stored) -> Result<WorkflowDraft, Error> {
    let id = stored.id.parse().map_err(Error::storage)?;
    Ok(draft(id, stored.version, stored.read().map_err(Error::storage)?))
}

fn draft(id: WorkflowId, etag: u64, record: WorkflowRecord) -> WorkflowDraft {
    WorkflowDraft {
        id,
        etag,
        name: record.name,
        document: record.document,
        published: record.published,
        latest: record.latest,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

pub(crate) fn conflict(id: WorkflowId, error: monshyflow_store::Error) -> Error {
    match error {
        monshyflow_store::Error::Conflict {
            key: ConflictKey::Version(Some(current)),
            ..
        } => Error::Changed {
            id: id.to_string(),
            current,
        },
        monshyflow_store::Error::Conflict {
            key: ConflictKey::Version(None),
            ..
        } => Error::not_found("workflow", id),
        other => Error::storage(other),
    }
}

pub(crate) fn list_error(error: monshyflow_store::Error) -> Error {
    match error {
        monshyflow_store::Error::BadCursor => Error::Refused {
            code: "bad-cursor",
            message: error.to_string(),
        },
        other => Error::storage(other),
    }
}
