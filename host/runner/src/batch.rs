use monshyflow_items::{Item, ItemList, Segment};

/// Most bytes of items in one call of a node that takes items one by one. Large enough that the cost of a call does not
/// count, small enough that the guest's memory holds it several times.
const BATCH_BYTES: u64 = 1 << 20;
/// Most items in one call.
const BATCH_ITEMS: u32 = 4_096;

/// Segments that go into one call together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Batch {
    /// Index of the first item in the whole list.
    pub(crate) first: u32,
    pub(crate) segments: Vec<Segment>,
}

/// Cuts a list into batches along its segments; one segment is never larger than a batch, because the gatherer made it so.
pub(crate) fn batches(list: &ItemList) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut open = Batch { first: 0, segments: Vec::new() };
    let (mut next, mut bytes, mut count) = (0_u32, 0_u64, 0_u32);
    for segment in list.segments().iter().flat_map(split) {
        let full = bytes + segment.size() > BATCH_BYTES || count + segment.count() > BATCH_ITEMS;
        if full && !open.segments.is_empty() {
            batches.push(std::mem::replace(&mut open, Batch { first: next, segments: Vec::new() }));
            (bytes, count) = (0, 0);
        }
        bytes += segment.size();
        count += segment.count();
        next += segment.count();
        open.segments.push(segment);
    }
    batches.push(open);
    batches
}

/// A run's input may come as one large list in memory.
fn split(segment: &Segment) -> Vec<Segment> {
    let Some(items) = segment.items() else { return vec![segment.clone()] };
    if segment.size() <= BATCH_BYTES && segment.count() <= BATCH_ITEMS {
        return vec![segment.clone()];
    }
    let mut parts = Vec::new();
    let mut open: Vec<Item> = Vec::new();
    let mut bytes = 0;
    for item in items.iter() {
        if (bytes + item.size() as u64 > BATCH_BYTES || open.len() as u32 >= BATCH_ITEMS) && !open.is_empty() {
            parts.push(Segment::in_memory(std::mem::take(&mut open)));
            bytes = 0;
        }
        bytes += item.size() as u64;
        open.push(item.clone());
    }
    parts.push(Segment::in_memory(open));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use monshyflow_items::Json;

    fn items(count: usize, size: usize) -> Vec<Item> {
        let text = format!("\"{}\"", "x".repeat(size - 2));
        let json = Json::parse(Bytes::from(text)).unwrap();
        vec![Item::new(json); count]
    }

    #[test]
    fn an_empty_list_is_one_batch_without_items() {
        assert_eq!(batches(&ItemList::default()), [Batch { first: 0, segments: vec![] }]);
    }

    #[test]
    fn batches_cover_the_list_in_order() {
        for (count, size) in [(1, 10), (10_000, 10), (3_000, 1024), (3, 2 << 20)] {
            let list = ItemList::from_items(items(count, size));
            let batches = batches(&list);
            let mut next = 0;
            for batch in &batches {
                assert_eq!(batch.first, next);
                let of_batch: u32 = batch.segments.iter().map(Segment::count).sum();
                let bytes: u64 = batch.segments.iter().map(Segment::size).sum();
                assert!(of_batch > 0 && of_batch <= BATCH_ITEMS);
                assert!(bytes <= BATCH_BYTES || of_batch == 1, "{bytes} bytes in {of_batch} items");
                next += of_batch;
            }
            assert_eq!(next as usize, count);
        }
    }

    #[test]
    fn small_segments_share_a_batch() {
        let list = ItemList::from_segments((0..100).map(|_| Segment::in_memory(items(2, 100))).collect());
        assert_eq!(batches(&list).len(), 1);
    }
}
