//! The host's random numbers: they follow from the run and the step, unless real randomness is granted.

use crate::NodeError;

/// # Errors
///
/// If the host gives none.
pub fn fill(bytes: &mut [u8]) -> Result<(), NodeError> {
    getrandom::fill(bytes)
        .map_err(|error| NodeError::transient("random", format!("the host gave no random numbers: {error}")))
}

/// The same for crates that take a generator of `rand_core` 0.6.
#[cfg(feature = "rand-core")]
pub struct HostRandom;

#[cfg(feature = "rand-core")]
impl rand_core::CryptoRng for HostRandom {}

#[cfg(feature = "rand-core")]
impl rand_core::RngCore for HostRandom {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        // A trait that knows no errors; without random numbers the host ends the call.
        if self.try_fill_bytes(bytes).is_err() {
            std::process::abort();
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        // What `rand_core` takes for an error that is none of the operating system.
        getrandom::fill(bytes).map_err(|_| std::num::NonZeroU32::MAX.into())
    }
}
