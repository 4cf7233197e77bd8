use std::num::NonZeroU32;

use rsa::rand_core::{self, CryptoRng, RngCore};

/// What `rand_core` takes for an error that is none of the operating system.
const NO_RANDOM_NUMBERS: NonZeroU32 = NonZeroU32::MAX;

/// The host's random numbers.
pub(crate) struct HostRandom;

impl CryptoRng for HostRandom {}

impl RngCore for HostRandom {
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
        getrandom::fill(bytes).map_err(|_| NO_RANDOM_NUMBERS.into())
    }
}
