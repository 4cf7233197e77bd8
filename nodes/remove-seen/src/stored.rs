use monshyflow_sdk::{NodeError, kv};

/// Tries to write while other runs do, too.
const TRIES: u32 = 100;

/// Reads the value at `key`, lets `change` look at it, and writes what that gives, if nobody else wrote in between; else all
/// of it anew.
///
/// # Errors
///
/// What `change` and the host say; `kv-conflict` if others were faster each time.
pub(crate) fn update<T>(
    key: &str,
    mut change: impl FnMut(Option<&[u8]>) -> Result<(T, Option<Vec<u8>>), NodeError>,
) -> Result<T, NodeError> {
    for _ in 0..TRIES {
        let known = kv::get(key)?;
        let (answer, written) = change(known.as_ref().map(|entry| entry.value.as_slice()))?;
        let Some(written) = written else {
            return Ok(answer);
        };
        let condition = known.map_or(kv::Condition::Absent, |entry| {
            kv::Condition::Version(entry.version)
        });
        match kv::set(key, &written, condition, None) {
            Ok(_) => return Ok(answer),
            Err(kv::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(kv::Error::Conflict.into())
}

pub(crate) fn unreadable() -> NodeError {
    let message = "what earlier runs remembered cannot be read; clear it";
    NodeError::permanent("invalid-history", message)
}
