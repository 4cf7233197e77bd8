//! Values that were seen, spread over buckets by their hash: a run with few new values writes few small buckets.

use std::collections::{BTreeMap, HashSet};

use monshyflow_sdk::{NodeError, kv};
use sha2::{Digest, Sha256};

use crate::bucket::{Bucket, Mark, StepMark};
use crate::stored;

const BUCKETS: u8 = 64;

/// Remembers all of `values` for a step; says of each whether no other step had seen it. Of values that are the same each is
/// new, or none.
///
/// # Errors
///
/// As the host says; `invalid-history`.
pub(crate) fn new<'v>(
    values: impl Iterator<Item = &'v str>,
    size: u32,
    step: &str,
) -> Result<Vec<bool>, NodeError> {
    let marks: Vec<(u8, Mark)> = values.map(place).collect();
    let mut wanted: BTreeMap<u8, Vec<Mark>> = BTreeMap::new();
    for (bucket, mark) in &marks {
        wanted.entry(*bucket).or_default().push(*mark);
    }
    let mut new = HashSet::new();
    for (bucket, marks) in &wanted {
        let added = stored::update(&key(*bucket), |bytes| {
            let known = bytes.map(|bytes| Bucket::decode(bytes).ok_or_else(stored::unreadable));
            let mut known = known.transpose()?.unwrap_or_default();
            let added = known.add(step_mark(step), marks, capacity(size));
            let written = added.changed.then(|| known.encode());
            Ok((added.new, written))
        });
        new.extend(added?);
    }
    Ok(marks.iter().map(|(_, mark)| new.contains(mark)).collect())
}

/// # Errors
///
/// As the host says.
pub(crate) fn clear() -> Result<(), NodeError> {
    for bucket in 0..BUCKETS {
        kv::delete(&key(bucket))?;
    }
    Ok(())
}

fn key(bucket: u8) -> String {
    format!("seen-{bucket:02}")
}

fn place(value: &str) -> (u8, Mark) {
    let digest: [u8; 32] = Sha256::digest(value).into();
    let mut mark = Mark::default();
    mark.copy_from_slice(&digest[..size_of::<Mark>()]);
    (digest[31] % BUCKETS, mark)
}

fn step_mark(step: &str) -> StepMark {
    let digest: [u8; 32] = Sha256::digest(step).into();
    let mut mark = StepMark::default();
    mark.copy_from_slice(&digest[..size_of::<StepMark>()]);
    mark
}

/// How many values a bucket holds, so that all of them hold `size` together although chance fills some more than others.
fn capacity(size: u32) -> usize {
    let mean = f64::from(size) / f64::from(BUCKETS);
    (mean + 6.0 * mean.sqrt()).ceil() as usize + 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_values_are_remembered() {
        let values: Vec<String> = (0..30_000).map(|number| number.to_string()).collect();
        for (run, part) in values.chunks(500).enumerate() {
            let new = new(part.iter().map(String::as_str), 10_000, &format!("step-{run}")).unwrap();
            assert!(new.iter().all(|new| *new));
        }
        let known = |part: &[String]| {
            let new = new(part.iter().map(String::as_str), 10_000, "later").unwrap();
            new.iter().filter(|new| !**new).count()
        };
        assert_eq!(known(&values[20_000..]), 10_000);
        assert_eq!(known(&values[..500]), 0);
    }

    #[test]
    fn the_longest_history_fits_into_the_store() {
        let overhead = size_of::<StepMark>() + size_of::<u16>();
        let largest = capacity(200_000) * (size_of::<Mark>() + overhead);
        assert!(largest < 256 << 10, "{largest}");
    }
}
