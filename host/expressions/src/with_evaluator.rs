use std::time::Duration;

use monshyflow_sandbox::{CallError, ErrorCode, EvaluatorInstance, EvaluatorLimits};
use monshyflow_workflow::Template;

use crate::answers::Answers;
use crate::question::Question;
use crate::resolve::resolve_knowing;
use crate::{ErrorKind, ExpressionError, Missing, Resolved, Scope, Surroundings};

/// Who evaluates what is no path, within which limits, and what it can see.
#[derive(Debug, Clone, Copy)]
pub struct JavaScript<'a> {
    pub evaluator: &'a EvaluatorInstance,
    pub limits: &'a EvaluatorLimits,
    pub around: &'a Surroundings<'a>,
}

/// Resolved parameters, and what the evaluator took for them.
#[derive(Debug)]
pub struct Evaluation {
    pub resolved: Resolved,
    pub guest_cpu: Duration,
    /// Bytes.
    pub peak_memory: u64,
}

impl Evaluation {
    /// Without the evaluator.
    pub fn native(resolved: Resolved) -> Self {
        Self {
            resolved,
            guest_cpu: Duration::ZERO,
            peak_memory: 0,
        }
    }
}

/// Does what `resolve` does, for templates with JavaScript in them: one call of the evaluator for all of its expressions and
/// all items. Where a path natively leads to something only JavaScript knows, the evaluator has the last word.
///
/// # Errors
///
/// The first expression that fails, or what ended the evaluation.
pub async fn resolve_with(
    template: &Template,
    scope: &Scope<'_>,
    javascript: JavaScript<'_>,
) -> Result<Evaluation, ExpressionError> {
    let mut spent = Spent::default();
    let resolved = match round(template, scope, javascript, false, &mut spent).await {
        Err(error) if error.is_unsure => round(template, scope, javascript, true, &mut spent).await,
        other => other,
    };
    Ok(Evaluation {
        resolved: resolved?,
        guest_cpu: spent.guest_cpu,
        peak_memory: spent.peak_memory,
    })
}

#[derive(Default)]
struct Spent {
    guest_cpu: Duration,
    peak_memory: u64,
}

async fn round(
    template: &Template,
    scope: &Scope<'_>,
    javascript: JavaScript<'_>,
    everything: bool,
    spent: &mut Spent,
) -> Result<Resolved, ExpressionError> {
    let JavaScript {
        evaluator,
        limits,
        around,
    } = javascript;
    let Some(question) = Question::about(template, scope, around, everything) else {
        return resolve_knowing(template, scope, &Answers::default());
    };
    let mut responses = Vec::with_capacity(question.ranges.len());
    for range in &question.ranges {
        let request = question.request(range, scope, around);
        let evaluated = evaluator.evaluate(&request, limits).await;
        let evaluated = evaluated.map_err(|error| stopped(&error, &question, template, scope))?;
        spent.guest_cpu += evaluated.guest_cpu;
        spent.peak_memory = spent.peak_memory.max(evaluated.peak_memory);
        responses.push(evaluated.response);
    }
    finish(template, scope, &question, &responses, spent)
}

/// Apart, since the responses must outlive what points into them.
fn finish<'v, 'a: 'v>(
    template: &Template,
    scope: &Scope<'a>,
    question: &Question<'v>,
    responses: &'v [String],
    spent: &Spent,
) -> Result<Resolved, ExpressionError> {
    let answers = Answers::read(question, responses).map_err(|why| {
        let message = format!("the evaluator's response is not as agreed: {why}");
        ExpressionError::host_fault(scope.node, message)
    })?;
    if answers.missing.is_empty() {
        return resolve_knowing(template, scope, &answers);
    }
    let message = "an expression looks at more items by their index than are loaded for it; `$input.all()` and \
                   `$('Name').all()` have all of them";
    Err(ExpressionError {
        kind: ErrorKind::NotLoaded,
        missing: Some(Box::new(Missing {
            items: answers.missing,
            guest_cpu: spent.guest_cpu,
            peak_memory: spent.peak_memory,
        })),
        ..ExpressionError::host_fault(scope.node, message.to_owned())
    })
}

/// The evaluation as a whole ended. If it was about one expression only, that one is named.
fn stopped(
    error: &CallError,
    question: &Question<'_>,
    template: &Template,
    scope: &Scope<'_>,
) -> ExpressionError {
    let kind = match error.code {
        ErrorCode::TimedOut => ErrorKind::TimedOut,
        ErrorCode::OutOfMemory => ErrorKind::OutOfMemory,
        ErrorCode::StackOverflow => ErrorKind::StackOverflow,
        ErrorCode::Trapped => ErrorKind::Trapped,
        ErrorCode::Cancelled => ErrorKind::Cancelled,
        ErrorCode::OutputTooLarge => ErrorKind::TooLarge,
        _ => ErrorKind::Fault,
    };
    let only = match question.sources.as_slice() {
        [source] => template
            .expressions()
            .into_iter()
            .find(|one| &*one.source == *source),
        _ => None,
    };
    let (expression, pointer) = only
        .map(|one| (one.source.clone(), one.pointer.clone()))
        .unwrap_or_default();
    ExpressionError {
        kind,
        expression,
        pointer,
        ..ExpressionError::host_fault(scope.node, error.message.clone())
    }
}
