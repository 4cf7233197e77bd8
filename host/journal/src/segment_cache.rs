use std::sync::Arc;

use monshyflow_items::Item;
use monshyflow_store::ObjectKey;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Of all segments held together.
const BYTES: u64 = 16 << 20;
/// Segments are about 1 MiB large. So few are not spread over several parts, each with a part of the bytes.
const SEGMENTS: usize = 16;

/// Items of the segments that were read last. Rounds of a loop, and items that are followed back, want the same ones again
/// and again, while an object never changes.
#[derive(Debug)]
pub(crate) struct SegmentCache(Cache<ObjectKey, Arc<[Item]>, Weight>);

#[derive(Debug, Clone)]
struct Weight;

impl Weighter<ObjectKey, Arc<[Item]>> for Weight {
    fn weight(&self, _: &ObjectKey, items: &Arc<[Item]>) -> u64 {
        let each = items.iter().map(|item| item.size() + size_of::<Item>());
        each.sum::<usize>() as u64
    }
}

impl Default for SegmentCache {
    fn default() -> Self {
        Self(Cache::with_weighter(SEGMENTS, BYTES, Weight))
    }
}

impl SegmentCache {
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<Arc<[Item]>> {
        self.0.get(key)
    }

    pub(crate) fn put(&self, key: ObjectKey, items: Arc<[Item]>) {
        self.0.insert(key, items);
    }
}
