use jiff::Timestamp;
use monshyflow_engine::{CancelReason, RunStatus, StepError};
use monshyflow_ids::{RunId, WorkerId, WorkflowId};
use monshyflow_store::{Collection, Log};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One document per accepted run; its id is the run's.
pub(crate) static RUNS: Collection = Collection {
    name: "runs",
    unique: &[&["workflowId", "idempotencyKey"], &["workflowId", "singletonKey"]],
    indexes: &[&["workflowId"], &["status"], &["workflowId", "status"]],
    across_tenants: &[&["leaseUntil"], &["wakeAt"]],
};

/// One stream per run, named by its id; an entry is a batch of events.
pub(crate) static HISTORY: Log = Log { name: "history" };

/// `leaseUntil` of a run that this process holds as long as it lives; the greatest integer that JSON keeps exactly.
pub(crate) const AS_LONG_AS_IT_LIVES: i64 = (1 << 53) - 1;

/// What starts a run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    pub id: RunId,
    pub workflow_id: WorkflowId,
    /// Number of the published version; `None` for a draft.
    pub workflow_version: Option<u32>,
    /// Where the catalog finds the very document that runs.
    pub document: String,
    /// Kind of trigger, such as `manual` or `webhook`.
    pub trigger: String,
    /// At most one run per tenant and workflow has it within 24 hours.
    pub idempotency_key: Option<String>,
    /// At most one run per tenant and workflow has it that has not ended.
    pub singleton_key: Option<String>,
    /// What else the runner needs when it goes on with the run after a crash; null if nothing.
    pub options: Value,
}

/// The document of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDoc {
    pub workflow_id: WorkflowId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_version: Option<u32>,
    pub document: String,
    pub trigger: String,
    pub status: Status,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// Of a run that was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Until it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub singleton_key: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub options: Value,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_owner: Option<WorkerId>,
    /// Milliseconds since 1970; 0 if nobody holds it; absent once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_until: Option<i64>,
    /// While it waits: when it is to be woken if nobody does before; milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<u64>,
    /// One more with each holder.
    pub fence: u64,
}

/// Why a run failed, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    pub code: String,
    pub message: String,
    /// Id of the node, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Queued,
    Running,
    /// For a time, a signal or other runs; nobody holds it.
    Waiting,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

/// Which runs to list, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFilter {
    pub workflow_id: Option<WorkflowId>,
    pub status: Option<Status>,
    pub trigger: Option<String>,
    /// Created at that time or later.
    pub since: Option<Timestamp>,
    /// 1 to 1,000; 0 is 50.
    pub limit: usize,
    pub cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    pub items: Vec<(RunId, RunDoc)>,
    pub next: Option<String>,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
        }
    }

    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Waiting)
    }
}

impl From<RunStatus> for Status {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Queued => Self::Queued,
            RunStatus::Running => Self::Running,
            RunStatus::Waiting => Self::Waiting,
            RunStatus::Succeeded => Self::Succeeded,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
            RunStatus::TimedOut => Self::TimedOut,
        }
    }
}

impl RunDoc {
    pub(crate) fn new(run: NewRun, now: Timestamp) -> Self {
        Self {
            workflow_id: run.workflow_id,
            workflow_version: run.workflow_version,
            document: run.document,
            trigger: run.trigger,
            status: Status::Queued,
            created_at: now,
            started_at: None,
            finished_at: None,
            error: None,
            cancel_reason: None,
            idempotency_key: run.idempotency_key,
            singleton_key: run.singleton_key,
            options: run.options,
            lease_owner: None,
            lease_until: Some(0),
            wake_at: None,
            fence: 0,
        }
    }

    pub(crate) fn start(&mut self, at: Timestamp) {
        self.status = Status::Running;
        self.started_at.get_or_insert(at);
    }

    /// Nobody holds it until it is woken.
    pub(crate) fn wait(&mut self, wake_at: Option<u64>) {
        self.status = Status::Waiting;
        self.wake_at = wake_at;
        self.lease_owner = None;
        self.lease_until = None;
    }

    pub(crate) fn wake(&mut self) {
        if self.status == Status::Waiting {
            self.status = Status::Running;
        }
        self.wake_at = None;
    }

    pub(crate) fn cancel(&mut self, reason: Option<CancelReason>) {
        self.cancel_reason = reason.map(|reason| reason.as_str().to_owned());
    }

    pub(crate) fn end(&mut self, status: Status, error: Option<RunError>, at: Timestamp) {
        self.status = status;
        self.error = error;
        self.finished_at = Some(at);
        self.singleton_key = None;
        self.lease_owner = None;
        self.lease_until = None;
    }
}

impl RunError {
    pub(crate) fn new(error: &StepError, node: Option<String>) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            node,
        }
    }
}
