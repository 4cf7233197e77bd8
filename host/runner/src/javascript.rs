//! Parameters with JavaScript in them: what it can see of the run, and who evaluates it.

use monshyflow_engine::{Delivery, StepError, StepId};
use monshyflow_expressions::{
    Evaluation, ExpressionError, JavaScript, Previous, Scope, Surroundings, resolve, resolve_with,
};
use monshyflow_sandbox::EvaluatorLimits;
use monshyflow_workflow::Template;

use crate::drive::RunFacts;

/// Resolves a template natively as far as possible, and the rest by the run's evaluator.
pub(crate) async fn evaluate(
    template: &Template,
    scope: &Scope<'_>,
    facts: &RunFacts,
    step: &StepId,
    limits: &EvaluatorLimits,
    previous: Option<&Delivery>,
) -> Result<Evaluation, ExpressionError> {
    let Some(evaluator) = &facts.evaluator else {
        return resolve(template, scope).map(Evaluation::native);
    };
    if !template.has_javascript() {
        match resolve(template, scope) {
            Err(error) if error.is_unsure() => {}
            other => return other.map(Evaluation::native),
        }
    }
    let workflow = &facts.graph.workflow;
    let names: Vec<&str> = workflow.nodes.iter().map(|node| node.name.as_str()).collect();
    let previous = previous.map(|delivery| Previous {
        node: &workflow.node(delivery.node).name,
        output: delivery.port.0,
        run: delivery.iteration.last().copied().unwrap_or(0),
    });
    let seed = format!(
        "{}/{}/{:?}",
        facts.steps_of,
        workflow.node(step.node).id,
        step.iteration
    );
    let around = Surroundings {
        node_names: &names,
        started_at_ms: facts.time_ms,
        now_ms: facts.time_ms,
        attempt: step.attempt,
        active: facts.published,
        mode: if facts.published { "trigger" } else { "manual" },
        resume_url: &facts.resume_url,
        previous,
        time_zone: &workflow.settings.time_zone,
        iteration: &step.iteration,
        seed: &seed,
    };
    let javascript = JavaScript {
        evaluator,
        limits,
        around: &around,
    };
    resolve_with(template, scope, javascript).await
}

pub(crate) fn step_error(error: &ExpressionError) -> StepError {
    StepError {
        code: error.kind.code().to_owned(),
        message: error.to_string(),
        retryable: error.kind.is_retryable(),
        retry_after_ms: None,
        details: None,
    }
}
