use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// A run came to its end.
pub(crate) fn run_finished(status: &'static str, wall: Duration) {
    counter!("monshyflow_runs_total", "status" => status).increment(1);
    histogram!("monshyflow_run_seconds").record(wall);
}

/// A step came back from the sandbox. Labels carry no data of tenants: node types ship with the server or are named by
/// admins, so they are left out of the label and only the outcome counts.
pub(crate) fn step_returned(outcome: &'static str, wall: Duration) {
    counter!("monshyflow_steps_total", "outcome" => outcome).increment(1);
    histogram!("monshyflow_step_seconds").record(wall);
}

pub(crate) fn runs_active(count: usize) {
    gauge!("monshyflow_runs_active").set(count as f64);
}
