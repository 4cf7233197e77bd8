use std::sync::Arc;
use std::time::Duration;

use monshyflow_capabilities::Powers;
use monshyflow_capabilities::blobs::{BlobPower, StoredBlob};
use monshyflow_capabilities::credentials::CredentialPower;
use monshyflow_capabilities::http::{
    AllowedInternal, Egress, EgressConfig, EgressLimits, HttpAccess, HttpGrant, Resolver, TimeLimit,
};
use monshyflow_capabilities::kv::{KvPower, KvScope};
use monshyflow_capabilities::suspension::SuspensionPower;
use monshyflow_manifest::{CapabilityKind, Manifest};

use crate::exchange::Failure;
use crate::memory::{Blobs, Values};
use crate::server::Server;
use crate::{Case, CaseResumption};

/// What stands in for the URL of a step.
const RESUME_URL: &str = "https://monshyflow.example/api/resume/step-1";
/// How long a node waits for an answer that was recorded as missing.
const NO_ANSWER: Duration = Duration::from_millis(300);

/// What a case's call sees beyond its items.
pub(crate) struct World {
    pub(crate) blobs: Blobs,
    values: Values,
    server: Option<Server>,
}

impl World {
    pub(crate) async fn new(case: &Case) -> Result<Self, String> {
        let server = match case.http.as_slice() {
            [] => None,
            exchanges => Some(Server::start(exchanges).await?),
        };
        Ok(Self {
            blobs: Blobs::default(),
            values: Values::default(),
            server,
        })
    }

    /// What the manifest asks for, as if everything were granted.
    pub(crate) fn powers(
        &self,
        manifest: &Manifest,
        case: &Case,
        inputs: Vec<StoredBlob>,
    ) -> Result<Powers, String> {
        let asked = |kind| {
            manifest
                .capabilities
                .iter()
                .find(move |wanted| wanted.kind == kind)
        };
        let http = match asked(CapabilityKind::Http) {
            Some(wanted) => Some(self.http(&wanted.targets, case)?),
            None => None,
        };
        let slots = manifest
            .credentials
            .iter()
            .map(|slot| slot.name.clone())
            .collect();
        Ok(Powers {
            http,
            blobs: Some(BlobPower {
                store: Arc::new(self.blobs.clone()),
                inputs,
            }),
            kv: asked(CapabilityKind::Kv).map(|wanted| KvPower {
                store: Arc::new(self.values.clone()),
                namespaces: namespaces(&wanted.targets),
            }),
            credentials: asked(CapabilityKind::Credentials).map(|_| CredentialPower { slots }),
            suspension: SuspensionPower {
                resumed: case.resumed.as_ref().map(CaseResumption::resumed),
                resume_url: Some(Arc::new(|| RESUME_URL.to_owned())),
            },
            run_time_ms: case.context.run_time_ms as u64,
            ..Powers::default()
        })
    }

    fn http(&self, targets: &[String], case: &Case) -> Result<HttpAccess, String> {
        let mut limits = EgressLimits::default();
        let is_timeout = |failure| failure == Some(Failure::Timeout);
        if case.http.iter().any(|exchange| is_timeout(exchange.failure)) {
            limits.first_byte = TimeLimit {
                default: NO_ANSWER,
                longest: NO_ANSWER,
            };
        }
        let mut internal = Vec::new();
        for exchange in &case.http {
            let (host, port) = exchange.target()?;
            let exception: AllowedInternal = format!("{host}:{port}").parse().map_err(words)?;
            internal.push(exception);
        }
        let nowhere = || Resolver::fixed(|_| Vec::new());
        let egress = Egress::new(EgressConfig {
            internal,
            resolver: self.server.as_ref().map_or_else(nowhere, Server::resolver),
            extra_roots: self
                .server
                .as_ref()
                .map_or_else(Vec::new, |server| server.certificate.authority.clone()),
            limits,
        });
        Ok(HttpAccess {
            grant: Arc::new(HttpGrant::parse(targets).map_err(words)?),
            egress: Arc::new(egress),
        })
    }

    /// What the node did otherwise than recorded.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.server.as_ref().map(Server::problems).unwrap_or_default()
    }
}

/// Every scope that the manifest asks for, by its name, the narrowest first.
fn namespaces(targets: &[String]) -> Vec<(KvScope, String)> {
    let scopes = [
        (KvScope::Node, "node"),
        (KvScope::Workflow, "workflow"),
        (KvScope::Tenant, "tenant"),
    ];
    let asked = scopes
        .into_iter()
        .filter(|(_, name)| targets.iter().any(|target| target == name));
    asked.map(|(scope, name)| (scope, name.to_owned())).collect()
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
