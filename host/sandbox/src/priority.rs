//! Which threads the kernel prefers when there are more of them than processors.

/// `nice(2)` of what computes for strangers: behind everybody else, and all of a processor that nobody else wants.
const LAST: i32 = 19;
/// How long a thread that answers somebody computes at a time. The shorter, the sooner it may interrupt another one; this is
/// the least that Linux takes.
const SHORT_TURN_NS: u64 = 100_000;
/// The same of those that stand back: the most that Linux takes, so that everybody's turn is shorter than theirs.
const LONG_TURN_NS: u64 = 100_000_000;

/// Lets this thread, and those that it makes from now on, interrupt what computes for long as soon as they have something to
/// do. Without it a thread that is woken waits up to 4 ms behind a guest, even with an idle processor next to it.
///
/// Needs Linux 6.12; elsewhere nothing changes.
pub fn answer_promptly() {
    let nice = rustix::process::getpriority_process(None).unwrap_or(0);
    schedule(nice, SHORT_TURN_NS);
}

/// Puts this thread, and those that it makes, behind all others.
pub(crate) fn stand_back() {
    // Of this thread alone, on Linux; without it the others only wait longer.
    _ = rustix::process::setpriority_process(None, LAST);
    schedule(LAST, LONG_TURN_NS);
}

/// `sched_setattr(2)` for `SCHED_OTHER`, whose runtime is the length of a turn.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "no library has this call; it reads the structure that is passed and nothing else"
)]
fn schedule(nice: i32, turn_ns: u64) {
    /// As the first version of the kernel's structure.
    #[repr(C)]
    struct SchedAttr {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    let attributes = SchedAttr {
        size: size_of::<SchedAttr>() as u32,
        policy: 0,
        flags: 0,
        nice,
        priority: 0,
        runtime: turn_ns,
        deadline: 0,
        period: 0,
    };
    let this_thread = 0;
    // SAFETY: the structure has the size that it says and outlives the call.
    unsafe { libc::syscall(libc::SYS_sched_setattr, this_thread, &raw const attributes, 0) };
}

#[cfg(not(target_os = "linux"))]
fn schedule(_: i32, _: u64) {}
