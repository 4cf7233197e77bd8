//! What a call asks for is kept for the case that made it.

use super::world;
use crate::suspension::Resumption;

/// What stands in for the URL of a step.
const RESUME_URL: &str = "https://monshyflow.example/api/resume/step-1";

/// What a node asked for instead of ending its step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suspension {
    pub(crate) until: Until,
    pub(crate) state: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Until {
    Rounds {
        counts: Vec<u32>,
        concurrency: u32,
    },
    Time(f64),
    Signal {
        until_ms: Option<f64>,
        form: Option<String>,
    },
    Children {
        workflow: String,
        counts: Vec<u32>,
        wait: bool,
    },
}

pub(crate) fn resumed() -> Option<Resumption> {
    world(|world| world.resumed.clone())
}

pub(crate) fn rounds(counts: &[u32], concurrency: u32, state: &str) {
    let counts = counts.to_vec();
    suspend(Until::Rounds { counts, concurrency }, state);
}

pub(crate) fn until(time_ms: f64, state: &str) {
    suspend(Until::Time(time_ms), state);
}

pub(crate) fn signal(until_ms: Option<f64>, form: Option<&str>, state: &str) {
    let form = form.map(str::to_owned);
    suspend(Until::Signal { until_ms, form }, state);
}

pub(crate) fn children(workflow: &str, counts: &[u32], wait: bool, state: &str) {
    let (workflow, counts) = (workflow.to_owned(), counts.to_vec());
    suspend(
        Until::Children {
            workflow,
            counts,
            wait,
        },
        state,
    );
}

pub(crate) fn resume_url() -> String {
    RESUME_URL.to_owned()
}

fn suspend(until: Until, state: &str) {
    let state = state.to_owned();
    world(|world| {
        if world.suspension.replace(Suspension { until, state }).is_some() {
            world
                .problems
                .push("the call asked for more than one suspension".to_owned());
        }
    });
}
