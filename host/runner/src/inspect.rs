use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use monshyflow_catalog::Graph;
use monshyflow_engine::{CancelReason, Wait};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_items::{ItemList, Segment};
use monshyflow_journal::{Error as JournalError, RunDoc, RunFilter};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};

use crate::answer::ResponseView;
use crate::drive::Command;
use crate::view::{
    ErrorView, PortItems, RunPage, RunView, StepItems, answer_budget, output_name, port_items, step_id,
    step_view, steps, variables,
};
use crate::{Error, Runner};

/// How often a run is told to end.
const CANCEL_TRIES: usize = 100;
const CANCEL_PAUSE: Duration = Duration::from_millis(20);

impl Runner {
    /// A run with its steps and, once it has ended, its result.
    pub async fn run(&self, tenant: &TenantId, run: RunId) -> Result<RunView, Error> {
        let doc = self.doc(tenant, run).await?;
        let graph = self.0.catalog.graph(tenant, &doc.document).await?;
        let state = self.0.journal.load_run(tenant, run, &graph.workflow).await?;
        let mut view = view(run, &doc, Some(&graph.workflow));
        let mut steps = steps(&graph.workflow, &state);
        for (step, wait) in state.waits() {
            let id = step_id(&graph.workflow, &step);
            if let (Wait::Signal { .. }, Some(view)) = (wait, steps.iter_mut().find(|view| view.id == id)) {
                view.resume_url = Some(self.0.resume_url_of_step(tenant, run, &graph.workflow, &step));
            }
        }
        view.steps = Some(steps);
        view.variables = variables(&state);
        view.response = state.response().map(|response| ResponseView::of(run, response));
        if doc.status.is_terminal() {
            view.result = Some(
                self.result(tenant, &graph.workflow, state.result(&graph.workflow))
                    .await?,
            );
        }
        Ok(view)
    }

    /// Runs, newest first, without steps and results.
    pub async fn runs(&self, tenant: &TenantId, filter: RunFilter) -> Result<RunPage, Error> {
        let page = self.0.journal.runs(tenant, filter).await?;
        let items = page
            .items
            .iter()
            .map(|(run, doc)| view(*run, doc, None))
            .collect();
        Ok(RunPage {
            items,
            next_cursor: page.next,
        })
    }

    /// Input and output of one step.
    pub async fn step(&self, tenant: &TenantId, run: RunId, step: &str) -> Result<StepItems, Error> {
        let graph = self.graph_of(tenant, run).await?;
        let workflow = &graph.workflow;
        let state = self.0.journal.load_run(tenant, run, workflow).await?;
        let found = state
            .steps()
            .find(|summary| step_id(workflow, &summary.step) == step);
        let found = found.ok_or_else(|| Error::not_found("step", step))?;
        let (node, place) = (found.step.node, found.step.place());
        let current = found.step.clone();
        let reached = step_view(workflow, &state, found);
        let name = workflow.node(node).name.clone();
        let mut budget = answer_budget();
        let mut input = Vec::new();
        for (port, list) in workflow
            .node(node)
            .node_type
            .inputs
            .iter()
            .zip(state.inputs(workflow, &current))
        {
            if !list.is_empty() {
                input.push(self.port(tenant, &name, port.clone(), &list, &mut budget).await?);
            }
        }
        let mut output = Vec::new();
        for (port, list) in state.outputs_of(&place).unwrap_or(&[]) {
            let port = output_name(workflow, node, *port);
            output.push(self.port(tenant, &name, port, list, &mut budget).await?);
        }
        Ok(StepItems {
            step: reached,
            input,
            output,
        })
    }

    /// Waits for the end of a run, at most `timeout`; then answers how it stands.
    pub async fn wait(&self, tenant: &TenantId, run: RunId, timeout: Duration) -> Result<RunView, Error> {
        let heard = {
            let active = self.0.active();
            active
                .get(&run)
                .filter(|active| active.tenant == *tenant)
                .map(|active| active.heard.clone())
        };
        if let Some(mut heard) = heard {
            let _ = tokio::time::timeout(timeout, heard.wait_for(|heard| heard.ended.is_some())).await;
        }
        self.run(tenant, run).await
    }

    /// Stops a run, reaching into guests that are being called, and answers when it has ended.
    pub async fn cancel(&self, tenant: &TenantId, run: RunId) -> Result<RunView, Error> {
        self.cancel_because(tenant, run, CancelReason::Requested).await
    }

    pub(crate) async fn cancel_because(
        &self,
        tenant: &TenantId,
        run: RunId,
        reason: CancelReason,
    ) -> Result<RunView, Error> {
        let doc = match self.doc(tenant, run).await {
            // A run that is waited for may not be in the store yet.
            Err(Error::NotFound { .. }) if self.holds(tenant, run) => None,
            other => Some(other?),
        };
        if doc.is_some_and(|doc| doc.status.is_terminal()) {
            return self.run(tenant, run).await;
        }
        // A run that waits may be let go of in the very moment.
        for _ in 0..CANCEL_TRIES {
            let active = self.0.active().get(&run).cloned();
            match active {
                Some(mut active) => {
                    active.stop.stop(reason);
                    let _ = active.heard.wait_for(|heard| heard.ended.is_some()).await;
                }
                None => match self.adopt(tenant, run, Some(Command::Cancel { reason })).await {
                    Ok(()) | Err(Error::Journal(JournalError::LostLease)) => {}
                    Err(error) => return Err(error),
                },
            }
            let ended = |doc: &RunDoc| doc.status.is_terminal();
            if self.doc(tenant, run).await.is_ok_and(|doc| ended(&doc)) {
                break;
            }
            tokio::time::sleep(CANCEL_PAUSE).await;
        }
        self.run(tenant, run).await
    }

    pub(crate) async fn graph_of(&self, tenant: &TenantId, run: RunId) -> Result<Arc<Graph>, Error> {
        let doc = self.doc(tenant, run).await?;
        Ok(self.0.catalog.graph(tenant, &doc.document).await?)
    }

    pub(crate) fn holds(&self, tenant: &TenantId, run: RunId) -> bool {
        self.0
            .active()
            .get(&run)
            .is_some_and(|active| active.tenant == *tenant)
    }

    pub(crate) async fn doc(&self, tenant: &TenantId, run: RunId) -> Result<RunDoc, Error> {
        match self.0.journal.run(tenant, run).await {
            Err(JournalError::NotFound) => Err(Error::not_found("run", run)),
            other => Ok(other?),
        }
    }

    /// What left by ports that lead nowhere: see `Run::result`.
    pub(crate) async fn result(
        &self,
        tenant: &TenantId,
        workflow: &Workflow,
        left: Vec<(NodeIndex, PortIndex, ItemList)>,
    ) -> Result<Vec<PortItems>, Error> {
        let mut budget = answer_budget();
        let mut result = Vec::new();
        for (node, port, list) in left {
            if !list.is_empty() {
                let name = &workflow.node(node).name;
                let port = output_name(workflow, node, port);
                result.push(self.port(tenant, name, port, &list, &mut budget).await?);
            }
        }
        Ok(result)
    }

    /// Reads back as many stored segments as the answer can carry.
    async fn port(
        &self,
        tenant: &TenantId,
        node: &str,
        port: String,
        list: &ItemList,
        budget: &mut u64,
    ) -> Result<PortItems, Error> {
        let (mut segments, mut size) = (Vec::new(), 0);
        for segment in list.segments() {
            size += segment.size();
            segments.push(match segment.items() {
                None if size - segment.size() < *budget => {
                    let items = self.0.journal.load_segment(tenant, segment).await?;
                    Segment::in_memory(items.to_vec())
                }
                _ => segment.clone(),
            });
        }
        Ok(port_items(node, port, &ItemList::from_segments(segments), budget))
    }
}

/// The document of a run in the words of the API; steps and result are added where they are asked for.
pub(crate) fn view(run: RunId, doc: &RunDoc, workflow: Option<&Workflow>) -> RunView {
    let name_of = |id: &String| {
        let node = workflow.and_then(|workflow| Some(workflow.node(workflow.by_id(id)?).name.clone()));
        node.unwrap_or_else(|| id.clone())
    };
    RunView {
        id: run.to_string(),
        workflow: doc.workflow_id.to_string(),
        version: doc.workflow_version,
        status: doc.status.as_str(),
        trigger: doc.trigger.clone(),
        created_at: doc.created_at.to_string(),
        finished_at: doc.finished_at.map(|at| at.to_string()),
        error: doc.error.as_ref().map(|error| ErrorView {
            code: error.code.clone(),
            message: error.message.clone(),
            node: error.node.as_ref().map(name_of),
            details: None,
        }),
        cancel_reason: doc.cancel_reason.clone(),
        result: None,
        steps: None,
        variables: BTreeMap::new(),
        response: None,
    }
}
