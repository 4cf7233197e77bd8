//! What an idempotency key was sent with, so that the same key with another wish is an error and not the answer to the first.

use data_encoding::HEXLOWER;
use monshyflow_catalog::Which;
use monshyflow_ids::{RunId, TenantId};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::rerun::{RerunRequest, RunLineage};
use crate::start::{StartRequest, Started};
use crate::{Error, Runner};

/// Digest of a wish. Two wishes that differ in anything that the client chose have different ones.
pub(crate) fn of_start(request: &StartRequest) -> String {
    let input = request.input.as_ref().map(|input| input.get());
    let which = version(Some(request.which));
    digest(&json!([
        "start",
        which,
        request.trigger,
        request.to,
        request.only,
        input
    ]))
}

pub(crate) fn of_rerun(earlier: RunId, request: &RerunRequest) -> String {
    digest(&match request {
        RerunRequest::Resume => json!(["resume", earlier]),
        RerunRequest::Replay { which } => json!(["replay", earlier, version(*which)]),
        RerunRequest::From { node, to, which } => json!(["from", earlier, node, to, version(*which)]),
    })
}

fn version(which: Option<Which>) -> Option<String> {
    Some(match which? {
        Which::Draft => "draft".to_owned(),
        Which::Published => "published".to_owned(),
        Which::Version(number) => number.to_string(),
    })
}

fn digest(wish: &serde_json::Value) -> String {
    HEXLOWER.encode(&Sha256::digest(wish.to_string()))
}

impl Runner {
    /// The run that the key started before, if it was for the same.
    pub(crate) async fn started_before(
        &self,
        tenant: &TenantId,
        existing: RunId,
        asked: Option<&str>,
    ) -> Result<Started, Error> {
        let doc = self.doc(tenant, existing).await?;
        match (RunLineage::of(&doc.options).asked.as_deref(), asked) {
            (Some(first), Some(now)) if first != now => Err(Error::refused(
                "idempotency-key-reused",
                format!(
                    "this Idempotency-Key started run {existing} with another request; use a new key for a new one"
                ),
            )),
            _ => Ok(self.existing(existing)),
        }
    }
}
