use monshyflow_capabilities::response::Response;
use monshyflow_capabilities::suspension::Suspension;
use monshyflow_items::{Item, ItemList, Json, Segment};
use monshyflow_journal::Appender;
use monshyflow_workflow::PortIndex;

/// Bytes at which a segment is closed.
const SEGMENT_BYTES: usize = 1 << 20;
/// Of a step's output, bytes that stay in memory beside the object store, so that the next step need not read them.
const KEPT_BYTES: u64 = 16 << 20;

/// Collects what a step emits, port by port, and says when a segment is ready to be stored.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    ports: Vec<Port>,
    stored_bytes: u64,
    suspension: Option<Suspension>,
    variables: Vec<(String, Json)>,
    response: Option<Response>,
}

#[derive(Debug)]
struct Port {
    port: PortIndex,
    closed: Vec<Segment>,
    open: Vec<Item>,
    open_bytes: usize,
}

/// A closed segment on its way to the object store; `Gather::stored` takes it back.
#[derive(Debug)]
struct Closed {
    port: usize,
    index: usize,
    segment: Segment,
}

impl Gather {
    /// The step is to be called again; what is gathered is for its rounds or runs.
    pub(crate) fn suspend(&mut self, suspension: Suspension) {
        self.suspension = Some(suspension);
    }

    pub(crate) fn suspension(&self) -> Option<Suspension> {
        self.suspension.clone()
    }

    /// Those of earlier calls stand before.
    pub(crate) fn set(&mut self, variables: Vec<(String, Json)>) {
        self.variables.extend(variables);
    }

    pub(crate) fn take_variables(&mut self) -> Vec<(String, Json)> {
        std::mem::take(&mut self.variables)
    }

    /// Of several calls the first that answers counts.
    pub(crate) fn answer(&mut self, response: Option<Response>) {
        self.response = self.response.take().or(response);
    }

    pub(crate) fn take_response(&mut self) -> Option<Response> {
        self.response.take()
    }

    /// The node named the port, with items or without.
    pub(crate) fn name(&mut self, port: PortIndex) {
        self.port(port);
    }

    /// Takes an item; answers the segment that it made full.
    fn push(&mut self, port: PortIndex, item: Item) -> Option<Closed> {
        let index = self.port(port);
        let place = &mut self.ports[index];
        place.open_bytes += item.size();
        place.open.push(item);
        (place.open_bytes >= SEGMENT_BYTES).then(|| place.close(index))
    }

    /// Takes an item and stores the segment that it made full. Beyond a budget, what was stored leaves the memory.
    pub(crate) async fn store(
        &mut self,
        appender: &Appender,
        port: PortIndex,
        item: Item,
    ) -> Result<(), monshyflow_journal::Error> {
        let Some(mut closed) = self.push(port, item) else {
            return Ok(());
        };
        let one = ItemList::from_segments(vec![closed.segment]);
        let mut stored = appender.store_list(one).await?;
        self.stored_bytes += stored.size();
        if self.stored_bytes > KEPT_BYTES {
            stored.forget_stored();
        }
        let Some(segment) = stored.segments().first() else {
            return Ok(());
        };
        closed.segment = segment.clone();
        self.stored(closed);
        Ok(())
    }

    /// The segment now that the object store has it.
    fn stored(&mut self, closed: Closed) {
        self.ports[closed.port].closed[closed.index] = closed.segment;
    }

    pub(crate) fn finish(self) -> Vec<(PortIndex, ItemList)> {
        let lists = self.ports.into_iter().map(|mut place| {
            if !place.open.is_empty() {
                place.closed.push(Segment::in_memory(place.open));
            }
            (place.port, ItemList::from_segments(place.closed))
        });
        let mut outputs: Vec<_> = lists.collect();
        outputs.sort_by_key(|(port, _)| *port);
        outputs
    }

    fn port(&mut self, port: PortIndex) -> usize {
        if let Some(index) = self.ports.iter().position(|place| place.port == port) {
            return index;
        }
        self.ports.push(Port {
            port,
            closed: Vec::new(),
            open: Vec::new(),
            open_bytes: 0,
        });
        self.ports.len() - 1
    }
}

impl Port {
    fn close(&mut self, port: usize) -> Closed {
        let segment = Segment::in_memory(std::mem::take(&mut self.open));
        self.open_bytes = 0;
        self.closed.push(segment.clone());
        Closed {
            port,
            index: self.closed.len() - 1,
            segment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use monshyflow_items::Json;

    fn item(size: usize) -> Item {
        Item::new(Json::parse(Bytes::from(format!("\"{}\"", "x".repeat(size - 2)))).unwrap())
    }

    fn gather(count: usize, size: usize) -> (usize, Vec<(PortIndex, ItemList)>) {
        let mut gather = Gather::default();
        let mut stored = 0;
        let mut store = |gather: &mut Gather, mut closed: Closed| {
            stored += 1;
            closed.segment = Segment::stored(closed.segment.count(), closed.segment.size(), "key".into());
            gather.stored(closed);
        };
        for _ in 0..count {
            if let Some(closed) = gather.push(PortIndex(0), item(size)) {
                store(&mut gather, closed);
            }
        }
        (stored, gather.finish())
    }

    #[test]
    fn small_lists_stay_in_the_history() {
        let (stored, outputs) = gather(100, 100);
        assert_eq!(stored, 0);
        assert_eq!(outputs[0].1.len(), 100);
        assert!(outputs[0].1.items_in_memory().is_some());
    }

    #[test]
    fn full_segments_are_stored_at_once() {
        for (count, size) in [(3_000, 1_024), (1, 3 << 20)] {
            let (stored, outputs) = gather(count, size);
            assert!(stored > 0);
            assert_eq!(outputs[0].1.len(), count);
            let in_memory = outputs[0]
                .1
                .segments()
                .iter()
                .filter(|segment| segment.items().is_some());
            assert!(in_memory.count() <= 1, "only the open end");
        }
    }

    #[test]
    fn a_port_that_is_named_without_items_is_delivered_empty() {
        let mut gather = Gather::default();
        gather.name(PortIndex(1));
        gather.push(PortIndex(0), item(10));
        let outputs = gather.finish();
        assert_eq!(
            outputs
                .iter()
                .map(|(port, list)| (port.0, list.len()))
                .collect::<Vec<_>>(),
            [(0, 1), (1, 0)]
        );
    }
}
