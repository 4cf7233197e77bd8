//! What an expression would become: for editors, beside any run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use monshyflow_catalog::{Graph, Which};
use monshyflow_engine::{Run, StepId};
use monshyflow_expressions::{ExpressionError, Resolved};
use monshyflow_ids::{RunId, TenantId, WorkflowId};
use monshyflow_items::{ItemList, Json};
use monshyflow_sandbox::{Evaluator, EvaluatorLimits};
use monshyflow_workflow::{NodeIndex, Template, TemplateError};
use serde_json::value::RawValue;

use crate::call::expressions_port;
use crate::drive::RunFacts;
use crate::emission::items_in;
use crate::parameters::{Loaded, Sources, Wanted};
use crate::shared_run::SharedRun;
use crate::start::items_of;
use crate::{Error, Runner};

/// Where the workflow comes from that an expression stands in.
#[derive(Debug)]
pub enum PreviewIn {
    /// One that may not be stored, and that is not stored.
    Document(Box<RawValue>),
    Draft(WorkflowId),
    /// As it ran in the run whose items are looked at.
    Run,
}

/// Parameters, or a text with expressions, that are to be evaluated.
#[derive(Debug)]
pub struct PreviewRequest {
    pub workflow: PreviewIn,
    /// The run whose items are looked at.
    pub run: Option<RunId>,
    /// Id or name of the node that has the parameters.
    pub node: String,
    pub params: Box<RawValue>,
    /// Instead of what reached the node in the run: an item's JSON, or an array of them.
    pub input: Option<Box<RawValue>>,
    /// Index of the current item.
    pub item: u32,
}

/// Why there is no value; a person typed the expression a moment ago, so this is no failure of the request.
#[derive(Debug)]
pub enum PreviewError {
    /// Where the text itself is at fault.
    Syntax(TemplateError),
    Expression(ExpressionError),
    /// In words: there is nothing to evaluate it for.
    NoItem(String),
}

pub(crate) const LIMITS: EvaluatorLimits = EvaluatorLimits {
    wall: Duration::from_secs(5),
    cpu: Duration::from_secs(1),
    memory: 64 << 20,
    response_bytes: 4 << 20,
    cancel: None,
};

impl Runner {
    /// Evaluates as a run would. Nothing is stored and nothing reached.
    pub async fn preview(
        &self,
        tenant: &TenantId,
        request: PreviewRequest,
    ) -> Result<Result<Json, PreviewError>, Error> {
        let Scene { facts, run, step } = self.scene(tenant, &request).await?;
        let workflow = &facts.graph.workflow;
        let node = workflow.node(step.node);
        let params = checked(&request.params)?;
        let (template, problems) =
            Template::parse_with_schema(Some(&params), &node.node_type.manifest.parameters);
        if let Some(problem) = problems.into_iter().next() {
            return Ok(Err(PreviewError::Syntax(problem)));
        }
        let port = expressions_port(node, false);
        let input = match request.input {
            Some(given) => ItemList::from_items(items_of(Some(given))?),
            None => {
                let inputs = run.inputs(workflow, &step);
                inputs.into_iter().nth(usize::from(port.0)).unwrap_or_default()
            }
        };
        let at = request.item as usize;
        let current = items_in(&self.0.journal, tenant, &input, at..at + 1).await?;
        if current.is_empty() && template.depends_on_item() {
            let count = input.len();
            let message = format!(
                "there is no item {} to evaluate for; there are {count}",
                request.item
            );
            return Ok(Err(PreviewError::NoItem(message)));
        }
        let sources = Sources::of(&template, workflow, &SharedRun::new(run), &step.place(), port);
        let limit = self.0.limits.all_at_once;
        let loaded = Loaded::load(&self.0.journal, tenant, sources, (port, &input), limit).await;
        let loaded = loaded.map_err(|error| Error::refused("input-too-large", error.message))?;
        let wanted = Wanted {
            template: &template,
            items: &current,
            first: request.item,
            limits: &LIMITS,
        };
        let evaluated = loaded.resolve(&self.0.journal, &facts, &step, wanted).await;
        Ok(match evaluated.map(|evaluation| evaluation.resolved) {
            Ok(Resolved::Shared(json)) => Ok(json),
            Ok(Resolved::PerItem(each)) => each
                .into_iter()
                .next()
                .ok_or_else(|| PreviewError::NoItem("there is no item to evaluate for".into())),
            Err(error) => Err(PreviewError::Expression(error)),
        })
    }

    /// The workflow, and how far its run came.
    async fn scene(&self, tenant: &TenantId, request: &PreviewRequest) -> Result<Scene, Error> {
        let ran = match request.run {
            Some(run) => Some((run, self.doc(tenant, run).await?)),
            None => None,
        };
        let graph: Arc<Graph> = match (&request.workflow, &ran) {
            (PreviewIn::Document(document), _) => self.0.catalog.unsaved_graph(tenant, document).await?,
            (PreviewIn::Draft(id), _) => self.0.catalog.find_graph(tenant, *id, Which::Draft).await?.0,
            (PreviewIn::Run, Some((_, doc))) => self.0.catalog.graph(tenant, &doc.document).await?,
            (PreviewIn::Run, None) => {
                return Err(Error::refused(
                    "invalid-body",
                    "give `document`, `workflow` or `run`",
                ));
            }
        };
        let workflow = &graph.workflow;
        let node = workflow
            .by_id(&request.node)
            .or_else(|| workflow.by_name(&request.node));
        let node = node.ok_or_else(|| Error::not_found("node", &request.node))?;
        let state = match &ran {
            Some((run, _)) => self.0.journal.load_run(tenant, *run, workflow).await?,
            None => Run::new(),
        };
        let id = |draft: &PreviewIn| match draft {
            PreviewIn::Draft(id) => *id,
            _ => self.0.clock.id(),
        };
        let now = self.0.clock.millis();
        let run = ran.as_ref().map_or_else(|| self.0.clock.id(), |(run, _)| *run);
        let facts = RunFacts {
            steps_of: run,
            resumes: None,
            depth: 0,
            deals_with_failure: false,
            tenant: tenant.clone(),
            run,
            resume_url: self.0.resume_url(tenant, run),
            workflow: ran
                .as_ref()
                .map_or_else(|| id(&request.workflow), |(_, doc)| doc.workflow_id),
            egress: self.0.egress.of(tenant),
            time_ms: ran.as_ref().map_or(now, |(_, doc)| {
                u64::try_from(doc.created_at.as_millisecond()).unwrap_or(now)
            }),
            published: ran
                .as_ref()
                .is_some_and(|(_, doc)| doc.workflow_version.is_some()),
            evaluator: self.0.evaluator.as_ref().map(Evaluator::start),
            graph: graph.clone(),
        };
        let step = latest(&state, node);
        Ok(Scene {
            facts,
            run: state,
            step,
        })
    }
}

struct Scene {
    facts: RunFacts,
    run: Run,
    step: StepId,
}

/// The last call of a node, or the one that would come.
fn latest(run: &Run, node: NodeIndex) -> StepId {
    let of_node = run.steps().filter(|summary| summary.step.node == node);
    of_node.last().map_or_else(
        || StepId {
            node,
            iteration: Vec::new(),
            attempt: 1,
        },
        |summary| summary.step,
    )
}

/// Nested no deeper than items are.
fn checked(params: &RawValue) -> Result<Box<RawValue>, Error> {
    let text = Bytes::copy_from_slice(params.get().as_bytes());
    let checked =
        Json::parse(text).map_err(|error| Error::refused("invalid-body", format!("`params`: {error}")))?;
    RawValue::from_string(checked.as_str().to_owned())
        .map_err(|error| Error::refused("invalid-body", format!("`params`: {error}")))
}
