use serde_json::json;

use crate::Scope;

/// What JavaScript can know beside items. Nothing of it is secret.
#[derive(Debug, Clone)]
pub struct Surroundings<'a> {
    /// Names of all nodes of the workflow.
    pub node_names: &'a [&'a str],
    /// When the run started, and what its clocks show: milliseconds since 1970.
    pub started_at_ms: u64,
    pub now_ms: u64,
    /// Number of the try, from 1.
    pub attempt: u32,
    /// The workflow runs by itself: it is published.
    pub active: bool,
    /// `manual` for a run of a draft, `trigger` otherwise.
    pub mode: &'a str,
    /// Where the only wait of the run can be ended from outside.
    pub resume_url: &'a str,
    /// What the first items came from.
    pub previous: Option<Previous<'a>>,
    /// IANA name.
    pub time_zone: &'a str,
    /// Index of the round in each loop around the node, outermost first.
    pub iteration: &'a [u32],
    /// What `Math.random` begins with: the same text gives the same numbers.
    pub seed: &'a str,
}

/// Who brought what the node works on.
#[derive(Debug, Clone, Copy)]
pub struct Previous<'a> {
    pub node: &'a str,
    /// Index of the output port that they left by.
    pub output: u16,
    /// Index of the round in the loop around it.
    pub run: u32,
}

impl Surroundings<'_> {
    /// The text of a JSON object, with the variables as they stand.
    pub(crate) fn context(&self, scope: &Scope<'_>) -> String {
        let mut context = json!({
            "run": { "id": scope.run_id, "startedAtMs": self.started_at_ms, "attempt": self.attempt },
            "workflow": { "id": scope.workflow_id, "name": scope.workflow_name, "active": self.active },
            "execution": { "id": scope.run_id, "mode": self.mode, "resumeUrl": self.resume_url },
            "node": scope.node,
            "nowMs": self.now_ms,
            "timeZone": self.time_zone,
            "iteration": self.iteration,
            "runIndex": self.iteration.last().copied().unwrap_or(0),
            "seed": self.seed,
        });
        if let Some(Previous { node, output, run }) = self.previous {
            context["prevNode"] = json!({ "name": node, "outputIndex": output, "runIndex": run });
        }
        let mut text = context.to_string();
        text.pop();
        text.push_str(",\"vars\":");
        text.push_str(scope.variables);
        text.push('}');
        text
    }
}
