/// What a step took. Bytes count the items' JSON as it crossed into and out of the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    pub wall_micros: u64,
    pub guest_cpu_micros: u64,
    pub peak_memory: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Calls of the sandbox: batches of a `mode: each` node.
    pub calls: u32,
    /// Calls per capability, by name, in name order.
    pub capabilities: Vec<(String, u64)>,
}
