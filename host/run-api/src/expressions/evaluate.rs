use axum::extract::State;
use monshyflow_ids::{RunId, WorkflowId};
use monshyflow_runner::{ExpressionError, PreviewError, PreviewIn, PreviewRequest};
use monshyflow_web::{Json, MIB, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::ApiState;
use crate::problems::Refusals;
use crate::refuse::Refusal;

/// A document and as much again of data.
const LARGEST_BODY: usize = 8 * MIB;

/// What to evaluate, and where it stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EvaluateExpressions {
    /// A workflow document that may be unsaved; goes before `workflow`.
    #[schema(value_type = Option<Object>)]
    document: Option<Box<RawValue>>,
    /// Id of a workflow, whose draft counts.
    #[schema(value_type = Option<String>)]
    workflow: Option<WorkflowId>,
    /// Id of a run whose items are looked at; without `document` and `workflow` its own version counts.
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// Id or name of the node.
    node: String,
    /// A text with expressions in it, or any parameters.
    #[schema(value_type = Value)]
    params: Box<RawValue>,
    /// Instead of what reached the node in the run: an item's JSON, or an array of them.
    #[schema(value_type = Option<Value>)]
    input: Option<Box<RawValue>>,
    /// Index of the current item.
    #[serde(default)]
    item: u32,
}

/// A value, or why there is none.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluatedExpressions {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<ExpressionFault>,
}

/// What is wrong with an expression, or with the data that it is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExpressionFault {
    /// Stable; `/api/errors/{code}` explains it.
    code: &'static str,
    message: String,
    /// JSON Pointer into `params`.
    pointer: String,
    /// As it was written; empty if no single one is at fault.
    expression: String,
    /// In the expression, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    column: Option<u32>,
    /// Names that could have been meant.
    available: Vec<String>,
}

/// Evaluates expressions as a run would, for a preview.
///
/// Nothing is stored and no node is called. What is wrong with an expression is part of the answer.
#[utoipa::path(post, path = "/api/expressions/evaluate", tag = "expressions",
    request_body = EvaluateExpressions,
    responses((status = 200, description = "The value or what is wrong.", body = EvaluatedExpressions), Refusals))]
pub(crate) async fn evaluate_expressions(
    Tenant(tenant): Tenant,
    State(state): State<ApiState>,
    Json(body): Json<EvaluateExpressions, LARGEST_BODY>,
) -> Result<Json<EvaluatedExpressions>, Refusal> {
    let workflow = match (body.document, body.workflow) {
        (Some(document), _) => PreviewIn::Document(document),
        (None, Some(id)) => PreviewIn::Draft(id),
        (None, None) => PreviewIn::Run,
    };
    let request = PreviewRequest {
        workflow,
        run: body.run,
        node: body.node,
        params: body.params,
        input: body.input,
        item: body.item,
    };
    Ok(Json(match state.runner().preview(&tenant, request).await? {
        Ok(value) => EvaluatedExpressions {
            value: RawValue::from_string(value.as_str().to_owned()).ok(),
            error: None,
        },
        Err(error) => EvaluatedExpressions {
            value: None,
            error: Some(error.into()),
        },
    }))
}

impl From<PreviewError> for ExpressionFault {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::Expression(error) => error.into(),
            PreviewError::Syntax(problem) => Self {
                pointer: problem.pointer,
                ..Self::plain("expression-syntax", problem.message)
            },
            PreviewError::NoItem(message) => Self::plain("expression-unresolved", message),
        }
    }
}

impl From<ExpressionError> for ExpressionFault {
    fn from(error: ExpressionError) -> Self {
        let (line, column) = error.place.unzip();
        Self {
            pointer: error.pointer.into(),
            expression: error.expression.into(),
            line,
            column,
            available: error.available.into_vec(),
            ..Self::plain(error.kind.code(), error.message.into())
        }
    }
}

impl ExpressionFault {
    fn plain(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            pointer: String::new(),
            expression: String::new(),
            line: None,
            column: None,
            available: Vec::new(),
        }
    }
}
