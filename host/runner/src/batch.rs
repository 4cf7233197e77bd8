use monshyflow_items::{ItemList, Segment};

/// About the most bytes of items in one call of a node that takes items one by one. Large enough that the cost of a call does
/// not count, small enough that the guest's memory holds it several times.
const BATCH_BYTES: u64 = 1 << 20;
/// Most items in one call of a pure node.
const PURE_ITEMS: u32 = 4_096;
/// Most items in one call of a node that reaches the world: well below the requests that one call may make, and what a crash
/// may repeat stays small.
const EFFECTFUL_ITEMS: u32 = 250;

/// Items that go into one call together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Batch {
    /// Index of the first item in the whole list.
    pub(crate) first: u32,
    pub(crate) parts: Vec<Part>,
}

/// Neighbours in one segment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) segment: Segment,
    pub(crate) skip: u32,
    pub(crate) take: u32,
}

impl Batch {
    /// Everything in one call.
    pub(crate) fn whole(list: &ItemList) -> Self {
        let parts = list.segments().iter().map(|segment| Part {
            segment: segment.clone(),
            skip: 0,
            take: segment.count(),
        });
        Self {
            first: 0,
            parts: parts.collect(),
        }
    }
}

/// Cuts a list into batches. An empty list is one batch without items.
pub(crate) fn batches(list: &ItemList, pure: bool) -> Vec<Batch> {
    let most = if pure { PURE_ITEMS } else { EFFECTFUL_ITEMS };
    let mut batches = Vec::new();
    let mut open = Batch {
        first: 0,
        parts: Vec::new(),
    };
    let (mut next, mut bytes, mut count) = (0_u32, 0_u64, 0_u32);
    for part in list.segments().iter().flat_map(|segment| cut(segment, most)) {
        let size = part.size();
        if (bytes + size > BATCH_BYTES || count + part.take > most) && !open.parts.is_empty() {
            batches.push(std::mem::replace(
                &mut open,
                Batch {
                    first: next,
                    parts: Vec::new(),
                },
            ));
            (bytes, count) = (0, 0);
        }
        bytes += size;
        count += part.take;
        next += part.take;
        open.parts.push(part);
    }
    batches.push(open);
    batches
}

/// By the average size of the segment's items, since a stored segment is not read for this.
fn cut(segment: &Segment, most: u32) -> Vec<Part> {
    let count = segment.count();
    let by_size = u64::from(count) * BATCH_BYTES / segment.size().max(1);
    let step = u32::try_from(by_size).unwrap_or(u32::MAX).clamp(1, most);
    let starts = (0..count).step_by(step as usize);
    starts
        .map(|skip| Part {
            segment: segment.clone(),
            skip,
            take: step.min(count - skip),
        })
        .collect()
}

impl Part {
    /// Bytes, about.
    fn size(&self) -> u64 {
        self.segment.size() * u64::from(self.take) / u64::from(self.segment.count().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use monshyflow_items::{Item, Json};

    fn items(count: usize, size: usize) -> Vec<Item> {
        let text = format!("\"{}\"", "x".repeat(size - 2));
        let json = Json::parse(Bytes::from(text)).unwrap();
        vec![Item::new(json); count]
    }

    #[test]
    fn an_empty_list_is_one_batch_without_items() {
        assert_eq!(
            batches(&ItemList::default(), true),
            [Batch {
                first: 0,
                parts: vec![]
            }]
        );
    }

    #[test]
    fn batches_cover_the_list_in_order() {
        for (count, size, pure) in [
            (1, 10, true),
            (10_000, 10, true),
            (10_000, 10, false),
            (3_000, 1024, true),
            (3, 2 << 20, true),
        ] {
            let batches = batches(&ItemList::from_items(items(count, size)), pure);
            let mut next = 0;
            for batch in &batches {
                assert_eq!(batch.first, next);
                let of_batch: u32 = batch.parts.iter().map(|part| part.take).sum();
                let bytes = u64::from(of_batch) * size as u64;
                assert!(of_batch > 0 && of_batch <= if pure { PURE_ITEMS } else { EFFECTFUL_ITEMS });
                assert!(
                    bytes <= BATCH_BYTES || of_batch == 1,
                    "{bytes} bytes in {of_batch} items"
                );
                next += of_batch;
            }
            assert_eq!(next as usize, count);
        }
    }

    #[test]
    fn small_segments_share_a_batch() {
        let list = ItemList::from_segments((0..100).map(|_| Segment::in_memory(items(2, 100))).collect());
        assert_eq!(batches(&list, true).len(), 1);
    }
}
