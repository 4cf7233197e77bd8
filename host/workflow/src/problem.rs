use std::fmt;

use monshyflow_strict_json::ReadError;
use serde::{Serialize, Serializer};

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub severity: Severity,
    pub code: ProblemCode,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// JSON Pointer (RFC 6901) into the document.
    pub pointer: String,
    /// Name of the node at fault, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The workflow cannot run.
    Error,
    /// It can, but hardly as its author meant it.
    Warning,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Stable names of problems; each has a page `docs/errors/<code>.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

problem_codes! {
    DocumentTooLarge = "document-too-large",
    DocumentNotUtf8 = "document-not-utf8",
    DocumentTooDeep = "document-too-deep",
    DocumentNotJson = "document-not-json",
    DocumentDuplicateKey = "document-duplicate-key",
    DocumentWrongShape = "document-wrong-shape",
    LimitExceeded = "limit-exceeded",
    NameInvalid = "name-invalid",
    DuplicateId = "duplicate-id",
    DuplicateName = "duplicate-name",
    TypeUnknown = "type-unknown",
    SettingsInvalid = "settings-invalid",
    NodeUnknown = "node-unknown",
    PortUnknown = "port-unknown",
    DuplicateEdge = "duplicate-edge",
    InputUnconnected = "input-unconnected",
    TriggerMissing = "trigger-missing",
    Cycle = "cycle",
    LoopBodyUnconnected = "loop-body-unconnected",
    LoopBodyEntered = "loop-body-entered",
    LoopBodyAfterDone = "loop-body-after-done",
    LoopNextFromOutside = "loop-next-from-outside",
    LoopOverlap = "loop-overlap",
    /// A warning.
    NodeUnreachable = "node-unreachable",
    ParameterMissing = "parameter-missing",
    ParameterInvalid = "parameter-invalid",
    CredentialMissing = "credential-missing",
    CredentialSlotUnknown = "credential-slot-unknown",
    CredentialInvalid = "credential-invalid",
    GrantMissing = "grant-missing",
    ExpressionSyntax = "expression-syntax",
    ExpressionNodeUnknown = "expression-node-unknown",
    /// A warning.
    ExpressionNodeNotUpstream = "expression-node-not-upstream",
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        target.serialize_str(self.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]", self.code)?;
        match &self.node {
            Some(node) => write!(f, " {node}: {}", self.message)?,
            None => write!(f, " {}", self.message)?,
        }
        if self.pointer.is_empty() {
            Ok(())
        } else {
            write!(f, " (at {})", self.pointer)
        }
    }
}

/// So that callers can answer with one list of problems, whatever the fault.
impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let code = match error {
            ReadError::TooLarge { .. } => ProblemCode::DocumentTooLarge,
            ReadError::NotUtf8 { .. } => ProblemCode::DocumentNotUtf8,
            ReadError::TooDeep { .. } => ProblemCode::DocumentTooDeep,
            ReadError::NotJson { .. } => ProblemCode::DocumentNotJson,
            ReadError::DuplicateKey { .. } => ProblemCode::DocumentDuplicateKey,
            ReadError::WrongShape { .. } => ProblemCode::DocumentWrongShape,
        };
        let pointer = error.pointer().to_owned();
        Self {
            severity: Severity::Error,
            code,
            message: error.to_string(),
            pointer,
            node: None,
        }
    }
}
