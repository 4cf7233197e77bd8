use std::sync::Arc;

use monshyflow_clock::random;
use monshyflow_ids::TenantId;
use monshyflow_items::{Item, ItemList, Moved, Segment, decode_segment, encode_segment};
use monshyflow_store::{Durable, ObjectKey};

use crate::{Appender, Error, Journal};

/// A list that is larger rests in the object store, bytes as budgets count.
const INLINE: u64 = 128 << 10;
/// Lists that leave the memory together share objects of about this size.
const TOGETHER: u64 = 1 << 20;
/// What is larger is encoded and decoded off the async threads.
const LONG_WORK: u64 = 1 << 20;

impl Appender {
    /// The same list, in the object store if it is larger than 128 KiB or a part of it is there already; items in memory
    /// stay there too (`forget_stored` lets go of them). Must be done before an event names the list. The objects become
    /// durable with the flush that carries that event.
    pub async fn store_list(&self, list: ItemList) -> Result<ItemList, Error> {
        let any_stored = list.segments().iter().any(|segment| segment.object().is_some());
        if list.size() <= INLINE && !any_stored {
            return Ok(list);
        }
        let mut segments = Vec::with_capacity(list.segments().len());
        for segment in list.segments() {
            segments.push(match (segment.object(), segment.items()) {
                (None, Some(items)) => {
                    let items = segment.shared_items().cloned().unwrap_or_else(|| items.into());
                    self.store_segment(segment, items).await?
                }
                _ => segment.clone(),
            });
        }
        Ok(ItemList::from_segments(segments))
    }

    async fn store_segment(&self, segment: &Segment, items: Arc<[Item]>) -> Result<Segment, Error> {
        let key = self.put(segment.size(), items).await?;
        self.sync_with_next_flush(key.clone());
        Ok(segment.clone().with_object(key.as_str().into()))
    }

    /// Brings items that events hold to the object store too, many lists to an object, so that memory can let go of them.
    /// Nothing waits until that is durable: who reads the events has them in memory again.
    pub async fn move_lists(&self, lists: &[Arc<[Item]>]) -> Result<Moved, Error> {
        let (mut moved, mut first) = (Moved::default(), 0);
        let (mut size, mut end) = (0, 0);
        for list in lists {
            size += list.iter().map(|item| item.size() as u64).sum::<u64>();
            end += 1;
            if size >= TOGETHER || end == lists.len() {
                self.move_together(&lists[first..end], size, &mut moved).await?;
                (first, size) = (end, 0);
            }
        }
        Ok(moved)
    }

    async fn move_together(&self, lists: &[Arc<[Item]>], size: u64, moved: &mut Moved) -> Result<(), Error> {
        let key = self.put(size, lists.concat().into()).await?;
        let object: Arc<str> = key.as_str().into();
        let mut first = 0;
        for list in lists {
            moved.add(list.clone(), object.clone(), first);
            first += list.len() as u32;
        }
        Ok(())
    }

    async fn put(&self, size: u64, items: Arc<[Item]>) -> Result<ObjectKey, Error> {
        let held = &self.held;
        let key = ObjectKey::run_segment(&held.tenant, held.id, random());
        let bytes = off_thread(size, move || encode_segment(&items)).await?;
        held.journal.objects.put(&key, bytes, Durable::AtSync).await?;
        Ok(key)
    }
}

impl Journal {
    /// The items of a segment, from memory or from the object store.
    pub async fn load_segment(&self, tenant: &TenantId, segment: &Segment) -> Result<Arc<[Item]>, Error> {
        let loaded = self.loaded(tenant, segment).await?;
        let items = loaded.items().unwrap_or_default();
        Ok(loaded.shared_items().cloned().unwrap_or_else(|| items.into()))
    }

    /// The list with every segment in memory.
    pub async fn load_list(&self, tenant: &TenantId, list: &ItemList) -> Result<ItemList, Error> {
        let mut segments = Vec::with_capacity(list.segments().len());
        for segment in list.segments() {
            segments.push(self.loaded(tenant, segment).await?);
        }
        Ok(ItemList::from_segments(segments))
    }

    /// The segment with its items in memory.
    pub async fn loaded(&self, tenant: &TenantId, segment: &Segment) -> Result<Segment, Error> {
        let (None, Some(object)) = (segment.items(), segment.object()) else {
            return Ok(segment.clone());
        };
        let key = ObjectKey::of_tenant(tenant, object).map_err(|error| Error::Damaged(error.to_string()))?;
        let items = match self.segments.get(&key) {
            Some(items) => items,
            None => self.read_segment(&key).await?,
        };
        let count = items.len();
        segment.loaded(items).ok_or_else(|| {
            let wanted = segment.first() + segment.count();
            Error::Damaged(format!("{key} has {count} items, but {wanted} are wanted"))
        })
    }

    async fn read_segment(&self, key: &ObjectKey) -> Result<Arc<[Item]>, Error> {
        let bytes = self.objects.get(key).await?;
        let items = off_thread(bytes.len() as u64, move || decode_segment(&bytes)).await?;
        let items = items.map_err(|error| Error::Damaged(format!("{key}: {error}")))?;
        let items: Arc<[Item]> = items.into();
        self.segments.put(key.clone(), items.clone());
        Ok(items)
    }
}

async fn off_thread<T: Send + 'static>(
    size: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    if size <= LONG_WORK {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Unavailable(error.to_string()))
}
