use crate::{Item, Moved, Segment};

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
            segments: segments
                .into_iter()
                .filter(|segment| segment.count() > 0)
                .collect(),
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.segments.iter().map(|segment| segment.count() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Size by which budgets count, in bytes, wherever the items are.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(Segment::size).sum()
    }

    pub fn append(&mut self, other: &Self) {
        self.segments.extend(other.segments.iter().cloned());
    }

    /// Up to `count` items from number `start` on, without copying any. To cut a long list into many, use a `Cursor`.
    #[must_use]
    pub fn slice(&self, start: usize, count: usize) -> Self {
        let mut cursor = Cursor::new(self.clone());
        cursor.take(start);
        cursor.take(count)
    }

    /// All items, if every segment is in memory.
    pub fn items_in_memory(&self) -> Option<impl Iterator<Item = &Item>> {
        let all_there = self.segments.iter().all(|segment| segment.items().is_some());
        all_there.then(|| {
            self.segments
                .iter()
                .flat_map(|segment| segment.items().unwrap_or(&[]))
        })
    }

    /// Lets go of what the object store also has.
    pub fn forget_stored(&mut self) {
        self.segments.iter_mut().for_each(Segment::forget_stored);
    }

    /// Lets go of what went to the object store.
    pub fn forget_moved(&mut self, moved: &Moved) {
        for segment in &mut self.segments {
            segment.forget_moved(moved);
        }
    }
}

/// Cuts a list into consecutive parts; all parts together cost as much as one walk along the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cursor {
    list: ItemList,
    /// The segment that the next part begins in, and how much of it was taken.
    segment: usize,
    taken: u32,
}

impl Cursor {
    pub fn new(list: ItemList) -> Self {
        Self {
            list,
            segment: 0,
            taken: 0,
        }
    }

    /// The next `count` items, or those that are left.
    pub fn take(&mut self, mut count: usize) -> ItemList {
        let mut segments = Vec::new();
        while let Some(segment) = self.list.segments.get(self.segment)
            && count > 0
        {
            let left = segment.count() - self.taken;
            let part = (left as usize).min(count) as u32;
            segments.push(segment.view(self.taken, part));
            count -= part as usize;
            self.taken += part;
            if part == left {
                self.segment += 1;
                self.taken = 0;
            }
        }
        ItemList { segments }
    }

    /// Lets go of what the object store also has.
    pub fn forget_stored(&mut self) {
        self.list.forget_stored();
    }

    /// Lets go of what went to the object store.
    pub fn forget_moved(&mut self, moved: &Moved) {
        self.list.forget_moved(moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    fn items(numbers: std::ops::Range<u32>) -> Vec<Item> {
        numbers.map(|n| Item::new(Json::from_value(&n.into()))).collect()
    }

    fn numbers(list: &ItemList) -> Vec<u32> {
        let items = list.items_in_memory().expect("items in memory");
        items.map(|item| item.json.as_str().parse().unwrap()).collect()
    }

    fn thirty() -> ItemList {
        let segment = |from| Segment::in_memory(items(from..from + 10));
        ItemList::from_segments(vec![segment(0), segment(10), segment(20)])
    }

    #[test]
    fn a_slice_holds_what_a_vector_would() {
        let list = thirty();
        for start in 0..33 {
            for count in 0..33 {
                let expected: Vec<u32> = (0..30).skip(start).take(count).collect();
                let slice = list.slice(start, count);
                assert_eq!(numbers(&slice), expected, "{start} {count}");
                assert_eq!(slice.len(), expected.len());
                assert_eq!(slice.is_empty(), expected.is_empty());
                let twice = slice.slice(1, 5);
                assert_eq!(
                    numbers(&twice),
                    expected.into_iter().skip(1).take(5).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn a_cursor_deals_a_list_out() {
        let mut cursor = Cursor::new(thirty());
        let parts: Vec<usize> = [0, 7, 8, 0, 14, 5].map(|count| cursor.take(count).len()).into();
        assert_eq!(parts, [0, 7, 8, 0, 14, 1]);
        assert!(cursor.take(1).is_empty());
    }
}
