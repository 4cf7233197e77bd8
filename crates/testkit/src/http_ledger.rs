use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

/// One request as the server saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    /// Without the `?`; empty if there was none.
    pub query: String,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// Lossy UTF-8.
    pub body: String,
}

impl Recorded {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Every request that a server got, in the order in which their bodies were complete. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Entries>>,
}

#[derive(Debug, Default)]
struct Entries {
    requests: Vec<Recorded>,
    file: Option<File>,
}

impl Ledger {
    /// A ledger that also appends each request as a line of JSON to a file, so that another process can read it, also
    /// after this one was killed.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened for appending.
    pub fn with_file(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let entries = Entries {
            requests: Vec::new(),
            file: Some(file),
        };
        Ok(Self {
            entries: Arc::new(Mutex::new(entries)),
        })
    }

    /// The requests of a file that a server wrote, also while it is still writing: an unfinished last line is left out.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or holds something else.
    pub fn read_file(path: &Path) -> anyhow::Result<Vec<Recorded>> {
        let text = std::fs::read_to_string(path)?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole
            .lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.lock().requests.clone()
    }

    /// The requests to exactly this path.
    pub fn requests_to(&self, path: &str) -> Vec<Recorded> {
        self.lock()
            .requests
            .iter()
            .filter(|request| request.path == path)
            .cloned()
            .collect()
    }

    pub fn len(&self) -> usize {
        self.lock().requests.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn record(&self, request: Recorded) -> std::io::Result<()> {
        let mut entries = self.lock();
        if let Some(file) = &mut entries.file {
            let mut line = serde_json::to_vec(&request)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        entries.requests.push(request);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
