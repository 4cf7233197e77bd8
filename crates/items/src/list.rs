use std::sync::Arc;

use crate::Item;

/// A list of items in segments. Cloning is cheap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemList {
    segments: Vec<Segment>,
}

impl ItemList {
    pub fn from_items(items: Vec<Item>) -> Self {
        if items.is_empty() {
            Self::default()
        } else {
            Self {
                segments: vec![Segment::in_memory(items)],
            }
        }
    }

    pub fn from_segments(segments: Vec<Segment>) -> Self {
        Self {
            segments: segments.into_iter().filter(|segment| segment.count > 0).collect(),
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.segments.iter().map(|segment| segment.count as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Size by which budgets count, in bytes, wherever the items are.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    pub fn append(&mut self, other: &Self) {
        self.segments.extend(other.segments.iter().cloned());
    }

    /// All items, if every segment is in memory.
    pub fn items_in_memory(&self) -> Option<impl Iterator<Item = &Item>> {
        let all_there = self.segments.iter().all(|segment| segment.items.is_some());
        all_there.then(|| {
            self.segments
                .iter()
                .flat_map(|segment| segment.items.as_deref().unwrap_or(&[]))
        })
    }

    /// Lets go of what the object store also has.
    pub fn forget_stored(&mut self) {
        for segment in &mut self.segments {
            if segment.object.is_some() {
                segment.items = None;
            }
        }
    }
}

/// A run of items, in memory, in the object store, or both.
#[derive(Debug, Clone)]
pub struct Segment {
    count: u32,
    size: u64,
    object: Option<Arc<str>>,
    items: Option<Arc<[Item]>>,
}

impl Segment {
    pub fn in_memory(items: Vec<Item>) -> Self {
        let size = items.iter().map(|item| item.size() as u64).sum();
        Self {
            count: items.len() as u32,
            size,
            object: None,
            items: Some(items.into()),
        }
    }

    /// A segment that the object store holds under `object`.
    pub fn stored(count: u32, size: u64, object: Arc<str>) -> Self {
        Self {
            count,
            size,
            object: Some(object),
            items: None,
        }
    }

    /// The same segment, known to be stored under `object` too.
    #[must_use]
    pub fn with_object(mut self, object: Arc<str>) -> Self {
        self.object = Some(object);
        self
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn object(&self) -> Option<&Arc<str>> {
        self.object.as_ref()
    }

    pub fn items(&self) -> Option<&Arc<[Item]>> {
        self.items.as_ref()
    }
}

/// Two segments are equal if they hold the same items, or rest under the same key.
impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        match (&self.items, &other.items) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => self.count == other.count && self.object.is_some() && self.object == other.object,
        }
    }
}
