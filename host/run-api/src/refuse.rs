use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use monshyflow_catalog::PublishNodeError;
use monshyflow_web::{Problem, code as web_code};

use crate::code::{self, COMPONENT_REFUSED, REFUSED};
use crate::problems::WorkflowProblem;

/// Every error of a handler, on its way to being a problem. The only place where errors of the host get a status.
#[derive(Debug)]
pub(crate) struct Refusal(Problem);

impl Refusal {
    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<monshyflow_catalog::Error> for Refusal {
    fn from(error: monshyflow_catalog::Error) -> Self {
        use monshyflow_catalog::Error;
        Self(match error {
            Error::NotFound { .. } => Problem::new(&web_code::NOT_FOUND, error.to_string()),
            Error::Changed { current, .. } => {
                let detail = format!("{error}; read it again, apply your change to that, and send its ETag");
                Problem::new(&web_code::PRECONDITION_FAILED, detail).extend("currentVersion", current)
            }
            Error::Invalid(problems) => invalid(&problems),
            Error::Refused { code, message } => refused(code, message),
            Error::Storage(_) => Problem::internal(&error),
        })
    }
}

impl From<monshyflow_runner::Error> for Refusal {
    fn from(error: monshyflow_runner::Error) -> Self {
        use monshyflow_runner::Error;
        match error {
            Error::NotFound { .. } => Self(Problem::new(&web_code::NOT_FOUND, error.to_string())),
            Error::Refused { code, message } => Self(refused(code, message)),
            Error::Catalog(error) => error.into(),
            Error::Journal(error) => error.into(),
            Error::ShuttingDown => Self(unavailable("the server is shutting down; try again in a moment")),
        }
    }
}

impl From<monshyflow_journal::Error> for Refusal {
    fn from(error: monshyflow_journal::Error) -> Self {
        use monshyflow_journal::Error;
        Self(match &error {
            Error::NotFound => Problem::new(&web_code::NOT_FOUND, error.to_string()),
            Error::BadCursor => refused(code::BAD_CURSOR.name, error.to_string()),
            Error::Unavailable(why) => {
                tracing::error!(why, "run history is not available");
                unavailable("run history cannot be read or written now; try again in a moment")
            }
            _ => Problem::internal(&error),
        })
    }
}

impl From<PublishNodeError> for Refusal {
    fn from(error: PublishNodeError) -> Self {
        let detail = error.to_string();
        match error {
            PublishNodeError::Catalog(error) => error.into(),
            PublishNodeError::TooLarge { .. } => Self(Problem::new(&code::COMPONENT_TOO_LARGE, detail)),
            PublishNodeError::NameTaken(_) => Self(Problem::new(&code::NODE_TYPE_NAME_TAKEN, detail)),
            PublishNodeError::Sandbox(error) if error.is_host_fault() => Self(Problem::internal(&error)),
            _ => {
                let code = error.code().to_owned();
                Self(Problem::with_code(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    code,
                    COMPONENT_REFUSED,
                    detail,
                ))
            }
        }
    }
}

/// A code that another crate chose: those that are not about the request's content have their status in `code`.
fn refused(name: &'static str, message: String) -> Problem {
    match code::ALL.iter().find(|code| code.name == name) {
        Some(code) => Problem::new(code, message),
        None => Problem::with_code(StatusCode::UNPROCESSABLE_ENTITY, name, REFUSED, message),
    }
}

fn invalid(problems: &[monshyflow_workflow::Problem]) -> Problem {
    let detail = match problems {
        [only] => only.to_string(),
        [first, ..] => format!("{} problems, see `problems`; the first: {first}", problems.len()),
        [] => "the workflow is not valid".to_owned(),
    };
    let problems: Vec<WorkflowProblem> = problems.iter().map(WorkflowProblem::from).collect();
    Problem::new(&code::WORKFLOW_INVALID, detail).extend("problems", problems)
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(&web_code::UNAVAILABLE, detail).header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}
