use crate::bindings::monshyflow::node::progress::Host;
use crate::{CallState, Capability};

impl Host for CallState {
    async fn report(&mut self, fraction: Option<f32>, message: String) -> wasmtime::Result<()> {
        self.counters.count(Capability::Progress)?;
        self.transcript.lock().progress(fraction, &message);
        Ok(())
    }

    async fn partial(&mut self, text: String) -> wasmtime::Result<()> {
        self.counters.count(Capability::Progress)?;
        self.transcript.lock().partial(&text);
        Ok(())
    }
}
