//! Ending a call without ending the step: the step is called again when what it waits for has come. For nodes that take
//! all items at once, see [`all!`](crate::all!).
//!
//! A call asks for at most one of these, then returns what the function says. If it returns an error, the request is void.

use crate::{NodeError, host};

/// Why a step is called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The rounds are over. What they left is on the input `next`.
    Rounds,
    /// The time has come.
    Time,
    /// Somebody called the resume URL. What they sent is the only item of the input `result`.
    Signal,
    /// Nobody came in time.
    TimedOut,
    /// The other runs have ended. For each the input `result` has one item `{"id", "status", "error", "count"}`, followed by
    /// `count` items of its result.
    Children,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumption {
    pub by: Cause,
    /// What the call before asked to be given back.
    pub state: String,
}

/// Why this call is not the step's first; nothing if it is.
pub fn resumed() -> Option<Resumption> {
    host::resumed()
}

/// Rounds of the body, for nodes of the kind `loop`. Return the items of all rounds at the port `body`, one round after the
/// other: `counts` says how many items each has.
pub fn rounds(counts: &[u32], concurrency: u32, state: &str) {
    host::rounds(counts, concurrency, state);
}

/// As many rounds as the host starts for one call.
const MOST_ROUNDS: usize = 100_000;

/// How many of `items` each round gets if it gets `size` of them.
///
/// # Errors
///
/// `too-many-rounds`, at the parameter `/batchSize`
///
/// # Panics
///
/// If `size` is 0.
pub fn counts(items: usize, size: usize) -> Result<Vec<u32>, NodeError> {
    if items.div_ceil(size) > MOST_ROUNDS {
        let message = format!(
            "{items} items, {size} in each round, are more than {MOST_ROUNDS} rounds: put more items into a round"
        );
        return Err(NodeError::invalid("too-many-rounds", message).at("/batchSize"));
    }
    let starts = (0..items).step_by(size);
    Ok(starts.map(|start| size.min(items - start) as u32).collect())
}

/// Until a time, milliseconds since 1970-01-01T00:00:00Z. Return no items.
pub fn until(time_ms: f64, state: &str) {
    host::until(time_ms, state);
}

/// Until somebody calls the [resume URL](resume_url), or until a time. Return no items. `form` is JSON that describes what the
/// URL shows to a person: `{"title", "message", "choices": [{"name", "title"}], "fields": [{"name", "title", "required"}]}`;
/// without it the URL takes any request.
pub fn signal(until_ms: Option<f64>, form: Option<&str>, state: &str) {
    host::signal(until_ms, form, state);
}

/// Until runs of another workflow have ended; without `wait` the step is called again as soon as they are queued. Return their
/// inputs at the first output port, one run after the other: `counts` says how many items each gets. `workflow` is an id.
pub fn children(workflow: &str, counts: &[u32], wait: bool, state: &str) {
    host::children(workflow, counts, wait, state);
}

/// Where a person or a program calls to end this step's wait for a signal.
pub fn resume_url() -> String {
    host::resume_url()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_cover_all_items() {
        assert_eq!(counts(7, 3), Ok(vec![3, 3, 1]));
        assert_eq!(counts(3, 3), Ok(vec![3]));
        assert_eq!(counts(2, usize::MAX), Ok(vec![2]));
        let most = counts(MOST_ROUNDS * 2, 2).map(|counts| counts.len());
        assert_eq!(most, Ok(MOST_ROUNDS));
    }

    #[test]
    fn more_rounds_than_the_host_starts_are_refused() {
        let error = counts(MOST_ROUNDS * 2 + 1, 2).unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.parameter.as_deref()),
            ("too-many-rounds", Some("/batchSize"))
        );
    }
}
