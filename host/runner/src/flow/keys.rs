use std::sync::Arc;

use data_encoding::HEXLOWER;
use monshyflow_catalog::Graph;
use monshyflow_engine::{Event, StepId};
use monshyflow_expressions::{Asked, MAX_PARAMETER_BYTES, Output, Resolved, Scope};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::{Item, Json};
use monshyflow_sandbox::Evaluator;
use monshyflow_workflow::{NodeIndex, Template};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::drive::RunFacts;
use crate::preview::LIMITS;
use crate::{Error, Runner, javascript};

/// What the keys of a workflow's flow control came to for one run: digests, since keys may be long. In the options of the
/// run's document, so that nobody evaluates them again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FlowKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) concurrency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) debounce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) singleton: Option<String>,
}

/// The run that keys are wanted for.
pub(crate) struct KeysOf<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) run: RunId,
    pub(crate) workflow: WorkflowId,
    pub(crate) graph: &'a Arc<Graph>,
    pub(crate) trigger: NodeIndex,
    /// The run's first item, if it has any.
    pub(crate) first: Option<&'a Item>,
}

impl Runner {
    /// Nothing if the workflow sets no flow control.
    pub(crate) async fn flow_keys(&self, of: KeysOf<'_>) -> Result<Option<FlowKeys>, Error> {
        let flow = &of.graph.workflow.settings.flow;
        if flow.is_empty() {
            return Ok(None);
        }
        let facts = self.facts_before(&of);
        let mut keys = FlowKeys::default();
        if let Some(set) = &flow.concurrency {
            keys.concurrency = Some(evaluated("concurrency", &set.key, &of, &facts).await?);
        }
        if let Some(set) = &flow.rate {
            keys.rate = Some(evaluated("rate", &set.key, &of, &facts).await?);
        }
        if let Some(set) = &flow.debounce {
            keys.debounce = Some(evaluated("debounce", &set.key, &of, &facts).await?);
        }
        if let Some(set) = &flow.singleton {
            keys.singleton = Some(evaluated("singleton", &set.key, &of, &facts).await?);
        }
        Ok(Some(keys))
    }

    /// For a run that begins with what an earlier one did: by the input that this one got.
    pub(crate) async fn flow_keys_again(
        &self,
        (tenant, run): (&TenantId, RunId),
        (workflow, graph): (WorkflowId, &Arc<Graph>),
        events: &[Event],
    ) -> Result<Option<FlowKeys>, Error> {
        let Some(Event::RunRequested { trigger, input, plan }) = events.first() else {
            return Ok(None);
        };
        if plan.to.is_some() || graph.workflow.settings.flow.is_empty() {
            return Ok(None);
        }
        let first = match input.segments().iter().find(|segment| segment.count() > 0) {
            Some(segment) => self
                .0
                .journal
                .load_segment(tenant, segment)
                .await?
                .first()
                .cloned(),
            None => None,
        };
        self.flow_keys(KeysOf {
            tenant,
            run,
            workflow,
            graph,
            trigger: *trigger,
            first: first.as_ref(),
        })
        .await
    }

    /// As those of the run will be, of which nothing is recorded yet.
    fn facts_before(&self, of: &KeysOf<'_>) -> RunFacts {
        RunFacts {
            tenant: of.tenant.clone(),
            run: of.run,
            workflow: of.workflow,
            steps_of: of.run,
            resumes: None,
            depth: 0,
            deals_with_failure: false,
            graph: of.graph.clone(),
            egress: self.0.egress.of(of.tenant),
            time_ms: self.0.clock.millis(),
            published: true,
            resume_url: self.0.resume_url(of.tenant, of.run),
            evaluator: self.0.evaluator.as_ref().map(Evaluator::start),
        }
    }
}

async fn evaluated(
    part: &str,
    template: &Template,
    of: &KeysOf<'_>,
    facts: &RunFacts,
) -> Result<String, Error> {
    let failed = |why: String| {
        let message = format!(
            "the key of the workflow's flow control at `settings.flow.{part}` cannot be evaluated: {why}"
        );
        Error::refused("flow-key-failed", message)
    };
    let workflow = &of.graph.workflow;
    let items: Vec<Item> = of.first.cloned().into_iter().collect();
    let all: Vec<&Item> = items.iter().collect();
    let (run_id, workflow_id) = (of.run.to_string(), of.workflow.to_string());
    let scope = Scope {
        node: &workflow.node(of.trigger).name,
        items: &items,
        first_index: 0,
        input: Output::of(&all),
        input_count: items.len(),
        output: &|_| None,
        ancestor: &|_, _| None,
        asked: &Asked::default(),
        run_id: &run_id,
        workflow_id: &workflow_id,
        workflow_name: &workflow.name,
        variables: "{}",
        limit: MAX_PARAMETER_BYTES,
    };
    let step = StepId {
        node: of.trigger,
        iteration: Vec::new(),
        attempt: 1,
    };
    let evaluation = javascript::evaluate(template, &scope, facts, &step, &LIMITS, None).await;
    let key = match evaluation.map(|evaluation| evaluation.resolved) {
        Ok(Resolved::Shared(key)) => key,
        Ok(Resolved::PerItem(keys)) => {
            let key = keys.into_iter().next();
            key.ok_or_else(|| failed("the run's input has no item".to_owned()))?
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    Ok(digest(&key))
}

/// The same for the same value, however it is spelled.
fn digest(key: &Json) -> String {
    let text = match serde_json::from_str::<Value>(key.as_str()) {
        Ok(value) => value.to_string(),
        Err(_) => key.as_str().to_owned(),
    };
    let digest = Sha256::digest(text.as_bytes());
    HEXLOWER.encode(&digest[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_keys() {
        let digest = |text: &'static str| digest(&Json::parse(text.into()).unwrap());
        assert_eq!(digest(r#"{"a": [1, "x"]}"#), digest(r#"{"a":[1,"\u0078"]}"#));
        assert_ne!(digest("1"), digest(r#""1""#));
        assert_ne!(digest("null"), digest(r#""""#));
        assert_eq!(digest("null").len(), 32);
    }
}
