use std::sync::Arc;

use crate::{Item, Moved};

/// A run of items, in memory, in the object store, or both; all of what is held there or a part of it.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Where the segment begins within `object` and `whole`.
    first: u32,
    count: u32,
    size: u64,
    object: Option<Arc<str>>,
    whole: Option<Arc<[Item]>>,
}

impl Segment {
    pub fn in_memory(items: Vec<Item>) -> Self {
        Self {
            first: 0,
            count: items.len() as u32,
            size: size_of(&items),
            object: None,
            whole: Some(items.into()),
        }
    }

    /// A segment that the object store holds under `object`.
    pub fn stored(count: u32, size: u64, object: Arc<str>) -> Self {
        Self::stored_part(0, count, size, object)
    }

    /// `count` items from number `first` on of what the object store holds under `object`; `size` is that of the part.
    pub fn stored_part(first: u32, count: u32, size: u64, object: Arc<str>) -> Self {
        Self {
            first,
            count,
            size,
            object: Some(object),
            whole: None,
        }
    }

    /// The same segment, known to be stored under `object` too, which holds these items and no others.
    #[must_use]
    pub fn with_object(mut self, object: Arc<str>) -> Self {
        if let Some(items) = self.items()
            && self.is_part()
        {
            self.whole = Some(items.into());
        }
        self.first = 0;
        self.object = Some(object);
        self
    }

    /// The same segment with its items in memory, given all items of its object; nothing if the object holds too few.
    #[must_use]
    pub fn loaded(&self, whole: Arc<[Item]>) -> Option<Self> {
        let fits = u64::from(self.first) + u64::from(self.count) <= whole.len() as u64;
        fits.then(|| Self {
            whole: Some(whole),
            ..self.clone()
        })
    }

    /// A part of the segment; `first` and `count` must lie within it. Its size is estimated unless the items are in memory.
    pub(crate) fn view(&self, first: u32, count: u32) -> Self {
        debug_assert!(first + count <= self.count);
        if count == self.count {
            return self.clone();
        }
        let mut view = Self {
            first: self.first + first,
            count,
            ..self.clone()
        };
        view.size = match view.items() {
            Some(items) => size_of(items),
            None => (u128::from(self.size) * u128::from(count) / u128::from(self.count.max(1))) as u64,
        };
        view
    }

    /// Where the segment begins within its object: 0 unless it is a part of it.
    pub fn first(&self) -> u32 {
        self.first
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Key of the object that holds the segment, perhaps among others: see `first`.
    pub fn object(&self) -> Option<&Arc<str>> {
        self.object.as_ref()
    }

    /// The segment's own items, if they are in memory.
    pub fn items(&self) -> Option<&[Item]> {
        let end = self.first as usize + self.count as usize;
        self.whole.as_deref()?.get(self.first as usize..end)
    }

    /// The same without a copy, if the segment is in memory and no part of a larger one.
    pub fn shared_items(&self) -> Option<&Arc<[Item]>> {
        self.whole.as_ref().filter(|_| !self.is_part())
    }

    /// The items that the segment is all or a part of, if no object has them.
    pub fn only_in_memory(&self) -> Option<&Arc<[Item]>> {
        self.whole.as_ref().filter(|_| self.object.is_none())
    }

    pub(crate) fn forget_moved(&mut self, moved: &Moved) {
        if let Some(place) = self.only_in_memory().and_then(|items| moved.get(items)) {
            self.first += place.first;
            self.object = Some(place.object.clone());
            self.whole = None;
        }
    }

    pub(crate) fn forget_stored(&mut self) {
        if self.object.is_some() {
            self.whole = None;
        }
    }

    /// Known only as long as the items are in memory.
    fn is_part(&self) -> bool {
        self.first > 0
            || self
                .whole
                .as_ref()
                .is_some_and(|whole| whole.len() != self.count as usize)
    }
}

/// Two segments are equal if they hold the same items, or are the same part under the same key.
impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        match (self.items(), other.items()) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => {
                (self.first, self.count) == (other.first, other.count)
                    && self.object.is_some()
                    && self.object == other.object
            }
        }
    }
}

fn size_of(items: &[Item]) -> u64 {
    items.iter().map(|item| item.size() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    fn items(count: usize) -> Vec<Item> {
        let text = |n: usize| "x".repeat(n);
        (0..count)
            .map(|n| Item::new(Json::from_value(&text(n).into())))
            .collect()
    }

    #[test]
    fn the_size_of_a_part_is_exact_in_memory_and_a_share_elsewhere() {
        let whole = Segment::in_memory(items(10));
        assert_eq!(whole.view(0, 2).size(), 2 + 3);
        let stored = Segment::stored(10, 1_000, "key".into());
        assert_eq!(stored.view(4, 3).size(), 300);
        assert_eq!(stored.view(4, 3).view(1, 1).size(), 100);
        assert_eq!(stored.view(4, 3).view(1, 1).first(), 5);
    }

    #[test]
    fn a_part_is_let_go_of_and_comes_back() {
        let all: Arc<[Item]> = items(10).into();
        let mut part = Segment::in_memory(all.to_vec())
            .with_object("key".into())
            .view(4, 3);
        let before = part.clone();
        part.forget_stored();
        assert!(part.items().is_none());
        assert_eq!(part, before);
        assert_eq!(part.loaded(all.clone()).unwrap().items().unwrap(), &all[4..7]);
        assert!(part.loaded(all[..6].into()).is_none());
        assert_ne!(part, Segment::stored(10, 1_000, "key".into()).view(5, 3));
    }

    #[test]
    fn what_was_moved_is_let_go_of_and_comes_back() {
        let (others, mine): (Arc<[Item]>, Arc<[Item]>) = (items(3).into(), items(10).into());
        let whole = Segment::in_memory(Vec::new()).loaded(mine.clone()).unwrap();
        let mut part = Segment { count: 10, ..whole }.view(4, 3);
        let (before, mut stranger) = (part.clone(), Segment::in_memory(items(10)));
        assert!(Arc::ptr_eq(part.only_in_memory().unwrap(), &mine));
        let mut moved = Moved::default();
        moved.add(others.clone(), "key".into(), 0);
        moved.add(mine.clone(), "key".into(), 3);
        part.forget_moved(&moved);
        stranger.forget_moved(&moved);
        assert!(stranger.object().is_none() && stranger.items().is_some());
        assert_eq!((part.first(), part.count(), part.items()), (7, 3, None));
        assert_eq!(part.size(), before.size());
        let together: Vec<Item> = others.iter().chain(mine.iter()).cloned().collect();
        assert_eq!(part.loaded(together.into()).unwrap().items(), before.items());
    }

    #[test]
    fn a_part_that_is_stored_alone_is_whole() {
        let whole = Segment::in_memory(items(10));
        let part = whole.view(4, 3);
        assert!(part.shared_items().is_none() && whole.shared_items().is_some());
        let stored = part.clone().with_object("its own".into());
        assert_eq!((stored.first(), stored.count()), (0, 3));
        assert_eq!(stored.items(), part.items());
        assert!(stored.shared_items().is_some());
        let mut memory_only = part.clone();
        memory_only.forget_stored();
        assert_eq!(memory_only.items().map(<[Item]>::len), Some(3));
    }
}
