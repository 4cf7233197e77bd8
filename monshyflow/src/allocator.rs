//! Memory from mimalloc, given back early.

/// Calls allocate and free all the time and on all processors; the C library's allocator takes a tenth of them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc.h, which the crate has no name for. Numbers of options stay the same for good.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// Milliseconds after which free memory goes back to the system. By itself mimalloc waits for a second and keeps up to 100 MiB
/// behind a run with large lists.
const SOON_MS: core::ffi::c_long = 25;

/// To be called before other threads are made.
#[expect(unsafe_code, reason = "options of the allocator are set by C functions")]
pub(crate) fn give_back_soon() {
    // SAFETY: both values are numbers, and nothing else uses the options yet.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, SOON_MS) };
}
