/// Bounds of one call, beside those of time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Calls of the interfaces in `wit/`, all together.
    pub host_calls: u64,
    /// Calls of WASI functions. Higher, because reading a body or printing a line takes several.
    pub wasi_calls: u64,
    /// Pieces of binary data read or written. Higher as well: a large file has many, and the network cuts them small.
    pub blob_pieces: u64,
    /// Entries in the table of host resources.
    pub resources: usize,
    /// All linear memories and tables together, in bytes.
    pub memory: usize,
    pub log_lines: u32,
    /// Of log lines and of standard output and error together, in bytes.
    pub log_bytes: usize,
    /// Of output for live viewers, in bytes.
    pub partial_bytes: usize,
    /// Readers and writers that are open at the same time.
    pub open_blobs: u32,
    /// Of all blobs that the call creates, in bytes.
    pub created_blob_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            host_calls: 10_000,
            wasi_calls: 200_000,
            blob_pieces: 200_000,
            resources: 2_000,
            memory: 64 << 20,
            log_lines: 1_000,
            log_bytes: 1 << 20,
            partial_bytes: 4 << 20,
            open_blobs: 64,
            created_blob_bytes: 256 << 20,
        }
    }
}
