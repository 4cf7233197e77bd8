//! Secrets without knowing them.

use crate::bindings::monshyflow::node::credentials::{Algorithm, Error, Host};
use crate::{CallState, Capability};

/// Slots that the manifest declares. Until credentials exist, every one is empty.
#[derive(Debug, Clone, Default)]
pub struct CredentialPower {
    pub slots: Vec<String>,
}

impl CallState {
    fn no_credential(&mut self, slot: &str) -> Error {
        let name: String = slot.chars().take(64).collect();
        if self
            .credentials
            .as_ref()
            .is_some_and(|power| power.slots.iter().any(|declared| declared == slot))
        {
            return Error::Missing(format!("no credential is chosen for `{name}`"));
        }
        let message = match &self.credentials {
            Some(_) => format!("credentials: the manifest declares no credential `{name}`"),
            None => {
                "credentials: the node has no grant for them; its manifest must request `credentials` and an admin must \
                 grant it"
                    .to_owned()
            }
        };
        self.deny(Capability::Credentials, message.clone());
        Error::Denied(message)
    }
}

impl Host for CallState {
    async fn placeholder(&mut self, slot: String, _field: String) -> wasmtime::Result<Result<String, Error>> {
        self.counters.count(Capability::Credentials)?;
        Ok(Err(self.no_credential(&slot)))
    }

    async fn sign(
        &mut self,
        slot: String,
        _field: String,
        _algorithm: Algorithm,
        _message: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        self.counters.count(Capability::Credentials)?;
        Ok(Err(self.no_credential(&slot)))
    }
}
