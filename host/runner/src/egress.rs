use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use monshyflow_capabilities::http::{AllowedInternal, Egress, EgressConfig, EgressLimits};
use monshyflow_ids::TenantId;

/// An operator's exception: this tenant's nodes may reach this internal host and port. Written `TENANT=HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressRule {
    pub tenant: TenantId,
    pub internal: AllowedInternal,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an exception to the egress policy: {reason}; write for example `local=127.0.0.1:8999`"
)]
pub struct InvalidEgressRule {
    text: String,
    reason: String,
}

impl FromStr for EgressRule {
    type Err = InvalidEgressRule;

    fn from_str(text: &str) -> Result<Self, InvalidEgressRule> {
        let wrong = |reason: String| InvalidEgressRule {
            text: text.chars().take(100).collect(),
            reason,
        };
        let (tenant, internal) = text
            .split_once('=')
            .ok_or_else(|| wrong("the tenant is missing".to_owned()))?;
        Ok(Self {
            tenant: tenant.parse().map_err(|error| wrong(format!("{error}")))?,
            internal: internal.parse().map_err(|error| wrong(format!("{error}")))?,
        })
    }
}

/// One way out per tenant, so that connections are never shared between tenants.
#[derive(Debug)]
pub(crate) struct EgressOfTenants {
    rules: Vec<EgressRule>,
    limits: EgressLimits,
    made: Mutex<HashMap<TenantId, Arc<Egress>>>,
}

impl EgressOfTenants {
    /// Bodies have at most `file_bytes`.
    pub(crate) fn new(rules: Vec<EgressRule>, file_bytes: u64) -> Self {
        let limits = EgressLimits {
            request_body_bytes: file_bytes,
            response_body_bytes: file_bytes,
            ..EgressLimits::default()
        };
        Self {
            rules,
            limits,
            made: Mutex::default(),
        }
    }

    pub(crate) fn of(&self, tenant: &TenantId) -> Arc<Egress> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(egress) = made.get(tenant) {
            return egress.clone();
        }
        let of_tenant = self.rules.iter().filter(|rule| rule.tenant == *tenant);
        let internal = of_tenant.map(|rule| rule.internal.clone()).collect();
        let egress = Arc::new(Egress::new(EgressConfig {
            internal,
            limits: self.limits,
            ..EgressConfig::default()
        }));
        made.insert(tenant.clone(), egress.clone());
        egress
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_tenant_host_and_port() {
        let rule: EgressRule = "local=127.0.0.1:8999".parse().unwrap();
        assert_eq!(rule.tenant.as_str(), "local");
        assert_eq!(rule.internal.to_string(), "127.0.0.1:8999");
        for bad in ["", "127.0.0.1:8999", "local=", "local=127.0.0.1", "A=127.0.0.1:1"] {
            assert!(bad.parse::<EgressRule>().is_err(), "{bad}");
        }
    }
}
