use std::collections::BTreeMap;

use monshyflow_web::ProblemDocument;
use monshyflow_workflow::{Problem, Severity};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// One thing that is wrong with a workflow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkflowProblem {
    severity: ProblemSeverity,
    /// Stable; `/api/errors/{code}` explains it.
    code: &'static str,
    /// What is wrong and what to do.
    message: String,
    /// JSON Pointer (RFC 6901) into the document.
    pointer: String,
    /// Name of the node at fault, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    node: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProblemSeverity {
    /// The workflow cannot run.
    Error,
    /// It can, but hardly as its author meant it.
    Warning,
}

impl From<&Problem> for WorkflowProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            severity: match problem.severity {
                Severity::Error => ProblemSeverity::Error,
                Severity::Warning => ProblemSeverity::Warning,
            },
            code: problem.code.as_str(),
            message: problem.message.clone(),
            pointer: problem.pointer.clone(),
            node: problem.node.clone(),
        }
    }
}

/// For the documentation of an operation of a tenant: no key is 401, and every other error has the same shape.
pub(crate) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let unauthenticated = ("401".to_owned(), problem("No valid API key."));
        let other = "Any other error; `code` says which, and `/api/errors/{code}` explains it.";
        BTreeMap::from([unauthenticated, ("default".to_owned(), problem(other))])
    }
}

/// The same for operations that need no key.
pub(crate) struct PublicRefusals;

impl IntoResponses for PublicRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let other = "Any error; `code` says which, and `/api/errors/{code}` explains it.";
        BTreeMap::from([("default".to_owned(), problem(other))])
    }
}

fn problem(description: &str) -> RefOr<Response> {
    let schema = Ref::from_schema_name(ProblemDocument::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
        .into()
}
