use wasmtime::ResourceLimiter;

/// Most core instances, memories and tables of one component. The pool has the same limits.
pub const MAX_CORE_INSTANCES: u32 = 50;
pub const MAX_MEMORIES: u32 = 8;
pub const MAX_TABLES: u32 = 32;

/// Bytes of one table element in the host.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// One budget over all memories and tables of a store. `wasmtime::StoreLimits` bounds each memory by itself, so that a
/// component with eight memories would have eight times as much.
#[derive(Debug)]
pub struct MemoryLimit {
    cap: usize,
    used: usize,
    peak: usize,
    /// What the growth that is under way added, should it fail after all.
    last: usize,
    refused: bool,
}

impl MemoryLimit {
    pub fn new(cap: usize) -> Self {
        Self {
            cap,
            used: 0,
            peak: 0,
            last: 0,
            refused: false,
        }
    }

    /// Bytes.
    pub fn peak(&self) -> usize {
        self.peak
    }

    pub fn cap(&self) -> usize {
        self.cap
    }

    /// The guest wanted more than it may have.
    pub fn refused(&self) -> bool {
        self.refused
    }

    fn grow(&mut self, by: usize) -> bool {
        let Some(used) = self.used.checked_add(by).filter(|used| *used <= self.cap) else {
            self.refused = true;
            self.last = 0;
            return false;
        };
        self.last = by;
        self.used = used;
        self.peak = self.peak.max(used);
        true
    }

    fn undo(&mut self) {
        self.used -= std::mem::take(&mut self.last);
        self.refused = true;
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT)))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn instances(&self) -> usize {
        MAX_CORE_INSTANCES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_share_one_budget() {
        let mut limit = MemoryLimit::new(1000);
        assert!(limit.memory_growing(0, 600, None).unwrap());
        assert!(!limit.memory_growing(0, 600, None).unwrap());
        assert!(limit.table_growing(0, 50, None).unwrap());
        assert!(!limit.table_growing(50, 51, None).unwrap());
        assert_eq!((limit.peak(), limit.refused()), (1000, true));
    }

    #[test]
    fn growth_that_failed_is_given_back() {
        let mut limit = MemoryLimit::new(1000);
        assert!(limit.memory_growing(0, 1000, None).unwrap());
        limit
            .memory_grow_failed(wasmtime::Error::msg("over the maximum"))
            .unwrap();
        assert!(limit.memory_growing(0, 1000, None).unwrap());
    }
}
