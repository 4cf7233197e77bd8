use crate::bindings::monshyflow::node::log::{Host, Level as GuestLevel};
use crate::note::Level;
use crate::{CallState, Capability};

impl Host for CallState {
    async fn write(&mut self, level: GuestLevel, message: String) -> wasmtime::Result<()> {
        self.counters.count(Capability::Log)?;
        let level = match level {
            GuestLevel::Debug => Level::Debug,
            GuestLevel::Info => Level::Info,
            GuestLevel::Warn => Level::Warn,
            GuestLevel::Error => Level::Error,
        };
        self.transcript.lock().log(level, &message);
        Ok(())
    }
}
