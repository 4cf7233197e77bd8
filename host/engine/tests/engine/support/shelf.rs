//! An object store in memory.

use std::collections::HashMap;
use std::sync::Arc;

use monshyflow_engine::Run;
use monshyflow_items::{Item, ItemList, Moved};

#[derive(Default)]
pub(crate) struct Shelf(HashMap<Arc<str>, Arc<[Item]>>);

impl Shelf {
    /// Does with old rounds what a shell does. Answers how many lists went away.
    pub(crate) fn spill(&mut self, run: &mut Run, bytes: u64) -> usize {
        let lists = run.rounds_beyond(bytes).unwrap_or_default();
        let mut moved = Moved::default();
        let key: Arc<str> = format!("object {}", self.0.len()).into();
        let mut together: Vec<Item> = Vec::new();
        for items in &lists {
            moved.add(items.clone(), key.clone(), together.len() as u32);
            together.extend_from_slice(items);
        }
        self.0.insert(key, together.into());
        run.forget_stored(&moved);
        lists.len()
    }

    /// The list in memory.
    pub(crate) fn load(&self, list: &ItemList) -> ItemList {
        let segments = list.segments().iter().map(|segment| match segment.object() {
            Some(key) => segment.loaded(self.0[key].clone()).expect("enough items"),
            None => segment.clone(),
        });
        ItemList::from_segments(segments.collect())
    }
}
