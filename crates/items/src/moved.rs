use std::collections::HashMap;
use std::sync::Arc;

use crate::Item;

/// Where items went that only memory had: lists that hold them can let go of them.
#[derive(Debug, Default)]
pub struct Moved(HashMap<usize, Place>);

#[derive(Debug)]
pub(crate) struct Place {
    /// Held, so that no other items get this address meanwhile.
    _items: Arc<[Item]>,
    pub(crate) object: Arc<str>,
    pub(crate) first: u32,
}

impl Moved {
    /// The object store has `items` under `object`, from number `first` on.
    pub fn add(&mut self, items: Arc<[Item]>, object: Arc<str>, first: u32) {
        let place = Place {
            object,
            first,
            _items: items.clone(),
        };
        self.0.insert(address(&items), place);
    }

    pub(crate) fn get(&self, items: &Arc<[Item]>) -> Option<&Place> {
        self.0.get(&address(items))
    }
}

fn address(items: &Arc<[Item]>) -> usize {
    items.as_ptr().addr()
}
