use std::thread;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How often the kernel is made to look for others who want the processor.
const LOOK: Duration = Duration::from_millis(1);
const LOOKER_STACK: usize = 64 << 10;

/// Keeps this thread, and those that it makes, to so many processors of one half of those that it may use: the last ones (0) or the
/// first ones (1). On each of them something wakes up every millisecond. Whoever else is woken there by another processor does not
/// interrupt what computes: that waits for an interrupt, and the kernel's own tick comes every 4 ms.
pub(crate) fn keep_to(half: u8, count: usize) {
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu)).collect();
    let (first, last) = all.split_at(all.len() / 2);
    let mine = if half == 0 || first.is_empty() {
        last
    } else {
        first
    };
    let mine = &mine[mine.len().saturating_sub(count)..];
    if sched_setaffinity(None, &set_of(mine)).is_err() {
        return;
    }
    for cpu in mine {
        let only = set_of(&[*cpu]);
        // Without it the others only wait longer.
        _ = thread::Builder::new().stack_size(LOOKER_STACK).spawn(move || {
            _ = sched_setaffinity(None, &only);
            loop {
                thread::sleep(LOOK);
            }
        });
    }
}

fn set_of(cpus: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Vec<usize> {
        let set = sched_getaffinity(None).unwrap();
        (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
    }

    #[test]
    fn two_halves_share_nothing_where_there_are_two_processors() {
        let all = own();
        let kept = |half, count| {
            thread::spawn(move || {
                keep_to(half, count);
                own()
            })
            .join()
            .unwrap()
        };
        let (last, first) = (kept(0, all.len()), kept(1, all.len()));
        assert!(!last.is_empty() && !first.is_empty());
        assert!(
            all.len() == 1 || last.iter().all(|cpu| !first.contains(cpu)),
            "{last:?} {first:?}"
        );
        assert_eq!(kept(0, 1), last[last.len() - 1..]);
        assert_eq!(kept(1, 0), all, "none at all is no choice");
    }
}
