use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use wasmtime_wasi::WasiCtxBuilder;

/// Most bytes that a guest may ask for at once.
pub(crate) const MAX_RANDOM: u64 = 1 << 20;

/// Gives the guest randomness that the seed determines. The three interfaces of WASI get different numbers.
pub(crate) fn seeded(wasi: &mut WasiCtxBuilder, seed: [u8; 32]) {
    let stream = |number: u64| {
        let mut generator = ChaCha12Rng::from_seed(seed);
        generator.set_stream(number);
        generator
    };
    let (low, _) = seed.split_at(16);
    let low = low.try_into().map(u128::from_le_bytes).unwrap_or_default();
    wasi.secure_random(stream(0))
        .insecure_random(stream(1))
        .insecure_random_seed(!low);
}
