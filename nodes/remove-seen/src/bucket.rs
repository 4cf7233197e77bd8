//! Some of the values that were seen, as they are stored: a version, then for each step that saw some the step, their
//! number and the values themselves, oldest first.

use std::collections::HashSet;

/// Enough of a hash that two values have the same one by no chance.
pub(crate) type Mark = [u8; 12];
/// Of a step's id; it must be told only from other steps that remembered something in the same bucket.
pub(crate) type StepMark = [u8; 8];

const VERSION: u8 = 1;

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Bucket {
    blocks: Vec<Block>,
}

#[derive(Debug, PartialEq)]
struct Block {
    step: StepMark,
    values: Vec<Mark>,
}

impl Bucket {
    /// None if the bytes are none that `encode` made.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let mut blocks = Vec::new();
        while !rest.is_empty() {
            let (step, after) = rest.split_first_chunk()?;
            let (count, after) = after.split_first_chunk()?;
            let (values, after) =
                after.split_at_checked(u16::from_be_bytes(*count) as usize * size_of::<Mark>())?;
            blocks.push(Block {
                step: *step,
                values: values.as_chunks().0.to_vec(),
            });
            rest = after;
        }
        Some(Self { blocks })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for block in &self.blocks {
            // A bucket holds less than 65,536 values.
            for values in block.values.chunks(usize::from(u16::MAX)) {
                bytes.extend(block.step);
                bytes.extend((values.len() as u16).to_be_bytes());
                bytes.extend(values.as_flattened());
            }
        }
        bytes
    }

    /// Remembers `wanted` for a step, oldest first; answers which of them no other step had seen. Afterwards there are at most
    /// `capacity` values.
    pub(crate) fn add(&mut self, step: StepMark, wanted: &[Mark], capacity: usize) -> Added {
        let of = |own: bool| {
            let blocks = self
                .blocks
                .iter()
                .filter(move |block| (block.step == step) == own);
            blocks
                .flat_map(|block| &block.values)
                .copied()
                .collect::<HashSet<Mark>>()
        };
        let (mut known, others) = (of(true), of(false));
        let new: Vec<Mark> = wanted
            .iter()
            .filter(|mark| !others.contains(*mark))
            .copied()
            .collect();
        let values: Vec<Mark> = new.iter().filter(|mark| known.insert(**mark)).copied().collect();
        let changed = !values.is_empty();
        if changed {
            self.blocks.push(Block { step, values });
            self.forget(capacity);
        }
        Added { new, changed }
    }

    /// What is forgotten counts as new, for the step that remembered it just as for others.
    fn forget(&mut self, capacity: usize) {
        let count: usize = self.blocks.iter().map(|block| block.values.len()).sum();
        let mut surplus = count.saturating_sub(capacity);
        self.blocks.retain_mut(|block| {
            let forgotten = surplus.min(block.values.len());
            block.values.drain(..forgotten);
            surplus -= forgotten;
            !block.values.is_empty()
        });
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Added {
    pub(crate) new: Vec<Mark>,
    /// There is something to write.
    pub(crate) changed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(numbers: impl IntoIterator<Item = u8>) -> Vec<Mark> {
        numbers.into_iter().map(|number| [number; 12]).collect()
    }

    #[test]
    fn a_step_that_comes_again_sees_the_same() {
        let mut bucket = Bucket::default();
        let first = bucket.add([1; 8], &marks([1, 2]), 10);
        assert_eq!((first.new, first.changed), (marks([1, 2]), true));
        let second = bucket.add([2; 8], &marks([2, 3]), 10);
        assert_eq!((second.new, second.changed), (marks([3]), true));
        let again = bucket.add([1; 8], &marks([1, 2]), 10);
        assert_eq!((again.new, again.changed), (marks([1, 2]), false));
        // Half of it was remembered before the process died.
        let rest = bucket.add([2; 8], &marks([2, 3, 4]), 10);
        assert_eq!((rest.new, rest.changed), (marks([3, 4]), true));
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut bucket = Bucket::default();
        bucket.add([1; 8], &marks(1..=3), 4);
        bucket.add([2; 8], &marks(4..=6), 4);
        assert_eq!(bucket.add([3; 8], &marks(1..=6), 4).new, marks([1, 2]));
        let mut small = Bucket::default();
        assert_eq!(small.add([1; 8], &marks(1..=9), 4).new, marks(1..=9));
        assert_eq!(small.add([2; 8], &marks(6..=10), 4).new, marks([10]));
        assert_eq!(small.add([1; 8], &marks(1..=9), 4).new, marks(1..=9));
    }

    #[test]
    fn what_was_written_can_be_read() {
        let mut bucket = Bucket::default();
        assert_eq!(Bucket::decode(&bucket.encode()), Some(Bucket::default()));
        bucket.add([1; 8], &marks(1..=200), 300);
        bucket.add([2; 8], &marks(201..=255), 300);
        let bytes = bucket.encode();
        assert_eq!(Bucket::decode(&bytes), Some(bucket));
        for damaged in [&b""[..], b"\x02", &bytes[..bytes.len() - 1], &bytes[..15]] {
            assert_eq!(Bucket::decode(damaged), None, "{damaged:?}");
        }
    }
}
