use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use monshyflow_capabilities::blobs::{BlobPower, StoredBlob};
use monshyflow_capabilities::credentials::CredentialPower;
use monshyflow_capabilities::http::{Audit, HttpAccess, HttpGrant};
use monshyflow_capabilities::kv::{KvPower, KvScope};
use monshyflow_capabilities::mail::{MailPower, Relay};
use monshyflow_capabilities::note::{Level, Note};
use monshyflow_capabilities::suspension::SuspensionPower;
use monshyflow_capabilities::{Powers, RealClock};
use monshyflow_catalog::{Component, Grant};
use monshyflow_engine::{StepError, StepId};
use monshyflow_manifest::CapabilityKind;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::blob_store::RunBlobs;
use crate::drive::RunFacts;
use crate::kv_store::TenantKv;
use crate::runner::Shared;

/// What a node may do in this step: asked for in its manifest and granted by the tenant. Computed once, before any call.
pub(crate) struct StepPowers {
    http: Option<HttpAccess>,
    kv: Option<KvPower>,
    /// Granted; inside of it the operator's server, if there is one.
    mail: Option<Option<Arc<Relay>>>,
    credentials: Option<CredentialPower>,
    real_clock: Option<RealClock>,
    real_random: bool,
    blobs: Arc<RunBlobs>,
    seed: [u8; 32],
    time_ms: u64,
}

impl StepPowers {
    pub(crate) fn new(
        shared: &Shared,
        facts: &RunFacts,
        component: &Component,
        grants: &[Grant],
        step: &StepId,
    ) -> Result<Self, StepError> {
        let manifest = &component.definition.node_type.manifest;
        let asked = |kind| manifest.capabilities.iter().any(|wanted| wanted.kind == kind);
        let granted = |kind| {
            grants
                .iter()
                .find(|grant| grant.kind == kind)
                .filter(|_| asked(kind))
        };
        let http = granted(CapabilityKind::Http)
            .map(|grant| http_access(facts, grant))
            .transpose()?;
        let kv = granted(CapabilityKind::Kv).map(|grant| KvPower {
            store: Arc::new(TenantKv {
                store: shared.store.clone(),
                tenant: facts.tenant.clone(),
                clock: shared.clock.clone(),
            }),
            namespaces: kv_namespaces(facts, grant, step),
        });
        let slots = manifest
            .credentials
            .iter()
            .map(|slot| slot.name.clone())
            .collect();
        Ok(Self {
            http,
            kv,
            mail: granted(CapabilityKind::Mail).map(|_| shared.mail.clone()),
            credentials: granted(CapabilityKind::Credentials).map(|_| CredentialPower { slots }),
            real_clock: granted(CapabilityKind::Clock).map(|_| real_clock(shared)),
            real_random: granted(CapabilityKind::Random).is_some(),
            blobs: Arc::new(RunBlobs {
                objects: shared.objects.clone(),
                tenant: facts.tenant.clone(),
                run: facts.run,
            }),
            seed: seed(facts, step),
            time_ms: facts.time_ms,
        })
    }

    /// For one call: its name, the binary data that its items carry, and where its notes go.
    pub(crate) fn for_call(&self, id: &str, inputs: Vec<StoredBlob>, notes: mpsc::Sender<Note>) -> Powers {
        let trace = notes.clone();
        Powers {
            http_audit: self.http.is_some().then(|| {
                Arc::new(move |audit: Audit| {
                    // Without room the line is lost, like a log line.
                    let _ = trace.try_send(request_line(&audit));
                }) as Arc<dyn Fn(Audit) + Send + Sync>
            }),
            http: self.http.clone(),
            blobs: Some(BlobPower {
                store: self.blobs.clone(),
                inputs,
            }),
            kv: self.kv.clone(),
            mail: self.mail.clone().map(|relay| MailPower {
                relay,
                id: message_id(id),
            }),
            credentials: self.credentials.clone(),
            suspension: SuspensionPower::default(),
            notes: Some(notes),
            seed: self.seed,
            run_time_ms: self.time_ms,
            real_clock: self.real_clock.clone(),
            real_random: self.real_random,
        }
    }
}

/// What waits compute is compared with the same clock.
fn real_clock(shared: &Shared) -> RealClock {
    let clock = shared.clock.clone();
    Arc::new(move || Duration::from_millis(clock.millis()))
}

fn http_access(facts: &RunFacts, grant: &Grant) -> Result<HttpAccess, StepError> {
    let patterns = HttpGrant::parse(&grant.targets).map_err(|error| StepError {
        code: "grant-invalid".to_owned(),
        message: format!("the node's grant cannot be used: {error}"),
        retryable: false,
        retry_after_ms: None,
        details: None,
    })?;
    Ok(HttpAccess {
        grant: Arc::new(patterns),
        egress: facts.egress.clone(),
    })
}

/// Of the scopes that the grant names, the narrowest first.
fn kv_namespaces(facts: &RunFacts, grant: &Grant, step: &StepId) -> Vec<(KvScope, String)> {
    let node = facts.graph.workflow.node(step.node);
    let (workflow, node_type) = (facts.workflow, &node.node_type.name);
    let namespaces = [
        ("node", KvScope::Node, format!("node/{workflow}/{}", node.id)),
        (
            "workflow",
            KvScope::Workflow,
            format!("workflow/{workflow}/{node_type}"),
        ),
        ("tenant", KvScope::Tenant, format!("type/{node_type}")),
    ];
    let granted = |name: &str| grant.targets.iter().any(|target| target == name);
    namespaces
        .into_iter()
        .filter(|(name, ..)| granted(name))
        .map(|(_, scope, namespace)| (scope, namespace))
        .collect()
}

/// The same for every call of the step, so that a repeated step does the same.
fn seed(facts: &RunFacts, step: &StepId) -> [u8; 32] {
    let node = &facts.graph.workflow.node(step.node).id;
    let text = format!(
        "{}\0{node}\0{:?}\0{}",
        facts.steps_of, step.iteration, step.attempt
    );
    Sha256::digest(text.as_bytes()).into()
}

/// The same whenever the call is repeated, and another for every call.
fn message_id(call: &str) -> String {
    let digest = Sha256::digest(call.as_bytes());
    HEXLOWER.encode(&digest[..16])
}

/// One request as a line of the run's log: what people look for first when a run did something odd.
fn request_line(audit: &Audit) -> Note {
    let Audit {
        method,
        scheme,
        host,
        port,
        path,
        ..
    } = audit;
    let answer = match (audit.status, audit.error) {
        (Some(status), None) => status.to_string(),
        (Some(status), Some(error)) => format!("{status}, then {error}"),
        (None, error) => error.unwrap_or("no answer").to_owned(),
    };
    let message = format!(
        "{method} {scheme}://{host}:{port}{path} -> {answer} ({} bytes up, {} down, {:.1} ms)",
        audit.bytes_up,
        audit.bytes_down,
        audit.wall.as_secs_f64() * 1000.0
    );
    Note::Log {
        level: Level::Debug,
        message,
    }
}
