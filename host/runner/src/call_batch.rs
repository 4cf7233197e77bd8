use std::sync::Arc;
use std::time::{Duration, Instant};

use monshyflow_capabilities::suspension::{Cause, Resumed, SuspensionPower};
use monshyflow_catalog::Component;
use monshyflow_engine::{ResumedBy, StepError, StepId};
use monshyflow_expressions::Resolved;
use monshyflow_items::{Item, ItemList, Json};
use monshyflow_manifest::Limits as Wishes;
use monshyflow_sandbox::{
    Attachment, Budget, Call, Context, EvaluatorLimits, Input, Item as CallItem, Outcome, Params,
};
use monshyflow_workflow::{NodeIndex, OnError, Workflow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::batch::{Batch, Part};
use crate::call::{CallOfNode, expressions_port, unavailable};
use crate::convert::{Noted, PortItems, blobs};
use crate::drive::RunFacts;
use crate::javascript;
use crate::parameters::{Loaded, Wanted};
use crate::powers::StepPowers;
use crate::runner::Shared;

/// Notes that may wait while a call is busy; the sandbox counts what finds no room.
const NOTES: usize = 1_100;
/// Where a call finds what ended the wait of the call before.
const RESULT_PORT: &str = "result";
/// Ceilings of what a manifest may wish for.
const MOST_MEMORY_MIB: u32 = 256;
const MOST_TIME: Duration = Duration::from_secs(3_600);
/// Bytes and items that one call may return.
const OUTPUT_BYTES: usize = 32 << 20;
const OUTPUT_ITEMS: usize = 1_000_000;

/// What all calls of one step have in common.
pub(crate) struct StepCall {
    shared: Arc<Shared>,
    facts: Arc<RunFacts>,
    component: Arc<Component>,
    powers: StepPowers,
    expressions: Loaded,
    step: StepId,
    /// Everything but the first input, which comes in batches.
    inputs: Vec<ItemList>,
    resumed: Option<monshyflow_engine::Resumed>,
    interrupt: CancellationToken,
    notes: mpsc::Sender<Noted>,
    deadline: Instant,
}

/// What one call gave, and the items that it got, for references into them.
pub(crate) struct Returned {
    pub(crate) inputs: Vec<PortItems>,
    pub(crate) outcome: Outcome,
}

impl StepCall {
    pub(crate) fn new(
        call: &CallOfNode,
        component: Arc<Component>,
        powers: StepPowers,
        expressions: Loaded,
    ) -> Self {
        let node = call.facts.graph.workflow.node(call.step.node);
        let wished = component.definition.node_type.manifest.limits.timeout_ms;
        let millis = node
            .settings
            .timeout_ms
            .or(wished)
            .map(|millis| Duration::from_millis(millis.into()));
        let timeout = millis.unwrap_or(call.shared.limits.step_timeout).min(MOST_TIME);
        Self {
            shared: call.shared.clone(),
            facts: call.facts.clone(),
            component,
            powers,
            expressions,
            step: call.step.clone(),
            inputs: call.inputs.clone(),
            resumed: call.resumed.clone(),
            interrupt: call.interrupt.clone(),
            notes: call.notes.clone(),
            deadline: Instant::now() + timeout,
        }
    }

    /// One call of the sandbox with one batch.
    pub(crate) async fn call(&self, batch: Batch) -> Result<Returned, StepError> {
        let (first, inputs) = (batch.first, self.load(batch).await?);
        let node = self.facts.graph.workflow.node(self.step.node);
        let items = self.expressions_items(&inputs);
        let limits = self.evaluator_limits();
        let wanted = Wanted {
            template: &node.params,
            items,
            first,
            limits: &limits,
        };
        let evaluation = self
            .expressions
            .resolve(&self.shared.journal, &self.facts, &self.step, wanted)
            .await
            .map_err(|error| javascript::step_error(&error))?;
        let attachments = attachments(&inputs);
        let items = call_items(&inputs, &attachments);
        let ports: Vec<Input<'_>> = inputs
            .iter()
            .zip(&items)
            .map(|(port, items)| Input {
                port: node
                    .node_type
                    .inputs
                    .get(usize::from(port.port))
                    .map_or(RESULT_PORT, String::as_str),
                items,
            })
            .collect();
        let texts: Vec<&str>;
        let params = match &evaluation.resolved {
            Resolved::Shared(json) => Params::Shared(json.as_str()),
            Resolved::PerItem(each) => {
                texts = each.iter().map(Json::as_str).collect();
                Params::PerItem(&texts)
            }
        };
        let (run_id, step_id) = (self.facts.run.to_string(), self.step_id(first));
        let call = Call {
            params,
            inputs: &ports,
            context: self.context(&run_id, &step_id),
            ports: &self
                .component
                .definition
                .node_type
                .outputs
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        };
        let mut outcome = self.in_sandbox(call, &step_id, blobs(&inputs)).await;
        outcome.cost.guest_cpu += evaluation.guest_cpu;
        outcome.cost.peak_memory = outcome.cost.peak_memory.max(evaluation.peak_memory);
        Ok(Returned { inputs, outcome })
    }

    fn evaluator_limits(&self) -> EvaluatorLimits {
        EvaluatorLimits {
            wall: self.deadline.saturating_duration_since(Instant::now()),
            cancel: Some(self.interrupt.clone()),
            ..EvaluatorLimits::default()
        }
    }

    /// Passes on what the guest says while it works.
    async fn in_sandbox(
        &self,
        call: Call<'_>,
        step_id: &str,
        blobs: Vec<monshyflow_capabilities::blobs::StoredBlob>,
    ) -> Outcome {
        let (sender, mut notes) = mpsc::channel(NOTES);
        let mut powers = self.powers.for_call(&self.call_id(step_id), blobs, sender);
        powers.suspension = self.suspension_power();
        let budget = self.budget();
        let mut outcome = std::pin::pin!(self.shared.sandbox.call(
            &self.component.loaded,
            call,
            powers,
            &budget
        ));
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut outcome => break outcome,
                Some(note) = notes.recv() => self.note(note).await,
            }
        };
        while let Ok(note) = notes.try_recv() {
            self.note(note).await;
        }
        outcome
    }

    fn suspension_power(&self) -> SuspensionPower {
        let resumed = self.resumed.as_ref().map(|resumed| Resumed {
            by: match resumed.by {
                ResumedBy::Rounds => Cause::Rounds,
                ResumedBy::Time => Cause::Time,
                ResumedBy::Signal => Cause::Signal,
                ResumedBy::TimedOut => Cause::TimedOut,
                ResumedBy::Children => Cause::Children,
            },
            state: resumed.state.clone(),
        });
        let (shared, facts, step) = (self.shared.clone(), self.facts.clone(), self.step.clone());
        let url = move || shared.resume_url_of_step(&facts.tenant, facts.run, &facts.graph.workflow, &step);
        SuspensionPower {
            resumed,
            resume_url: Some(Arc::new(url)),
        }
    }

    async fn note(&self, note: monshyflow_capabilities::note::Note) {
        // The run is gone if nobody listens, and with it the place for its notes.
        let _ = self
            .notes
            .send(Noted {
                step: self.step.clone(),
                note,
            })
            .await;
    }

    async fn load(&self, batch: Batch) -> Result<Vec<PortItems>, StepError> {
        let connected = connected_ports(&self.facts.graph.workflow, self.step.node);
        let mut inputs = Vec::with_capacity(connected.len());
        for port in connected {
            let others = self
                .inputs
                .get(port as usize)
                .filter(|_| port != 0)
                .map(Batch::whole);
            let part = others.as_ref().unwrap_or(&batch);
            let mut items: Vec<Item> = Vec::new();
            for Part { segment, skip, take } in &part.parts {
                let loaded = self
                    .shared
                    .journal
                    .load_segment(&self.facts.tenant, segment)
                    .await;
                let loaded = loaded.map_err(unavailable)?;
                items.extend(loaded.iter().skip(*skip as usize).take(*take as usize).cloned());
            }
            inputs.push(PortItems {
                port,
                first: part.first,
                items,
            });
        }
        if let Some(resumed) = self.resumed.as_ref().filter(|resumed| !resumed.items.is_empty()) {
            let loaded = self
                .shared
                .journal
                .load_list(&self.facts.tenant, &resumed.items)
                .await;
            let loaded = loaded.map_err(unavailable)?;
            let items = loaded.items_in_memory().map(|items| items.cloned().collect());
            inputs.push(PortItems {
                port: self
                    .facts
                    .graph
                    .workflow
                    .node(self.step.node)
                    .node_type
                    .inputs
                    .len() as u16,
                first: 0,
                items: items.unwrap_or_default(),
            });
        }
        Ok(inputs)
    }

    /// The items that parameters are resolved for.
    fn expressions_items<'a>(&self, inputs: &'a [PortItems]) -> &'a [Item] {
        let node = self.facts.graph.workflow.node(self.step.node);
        let port = expressions_port(node, self.resumed.is_some());
        let input = inputs.iter().find(|input| input.port == port.0);
        input.map_or(&[], |input| &input.items)
    }

    fn context<'a>(&'a self, run_id: &'a str, step_id: &'a str) -> Context<'a> {
        let workflow = &self.facts.graph.workflow;
        let node = workflow.node(self.step.node);
        Context {
            run_id,
            step_id,
            node_name: &node.name,
            workflow_name: &workflow.name,
            attempt: self.step.attempt,
            iteration: &self.step.iteration,
            run_time_ms: self.facts.time_ms as f64,
            time_zone: &workflow.settings.time_zone,
            keep_going: node.settings.on_error != OnError::Stop,
        }
    }

    /// The same for every attempt, another for every batch.
    fn step_id(&self, first: u32) -> String {
        let node = &self.facts.graph.workflow.node(self.step.node).id;
        let rounds: String = self
            .step
            .iteration
            .iter()
            .map(|round| format!("/{round}"))
            .collect();
        let batch = if first == 0 {
            String::new()
        } else {
            format!("+{first}")
        };
        format!("{}/{node}{rounds}{batch}", self.facts.steps_of)
    }

    /// Of calls of one step that follow suspensions, each has its own.
    fn call_id(&self, step_id: &str) -> String {
        match &self.resumed {
            Some(resumed) => format!("{step_id}\0{}", resumed.state),
            None => step_id.to_owned(),
        }
    }

    fn budget(&self) -> Budget {
        let Wishes {
            cpu_ms, memory_mib, ..
        } = self.component.definition.node_type.manifest.limits;
        let default = Budget::default();
        Budget {
            wall: self.deadline.saturating_duration_since(Instant::now()),
            cpu: cpu_ms.map_or(default.cpu, |millis| {
                Duration::from_millis(millis.into()).min(MOST_TIME)
            }),
            memory: memory_mib.map_or(default.memory, |mib| (mib.min(MOST_MEMORY_MIB) as usize) << 20),
            output_bytes: OUTPUT_BYTES,
            output_items: OUTPUT_ITEMS,
            blob_bytes: self.shared.limits.file_bytes,
            host_calls: default.host_calls,
            cancel: Some(self.interrupt.clone()),
        }
    }
}

/// Ports that something leads into; a trigger's hidden port counts.
fn connected_ports(workflow: &Workflow, node: NodeIndex) -> Vec<u16> {
    let mut ports: Vec<u16> = workflow
        .incoming(node)
        .iter()
        .map(|edge| edge.to_port.0)
        .collect();
    ports.push(0);
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Attachments of every item, by port, with handles counted over all items of the call.
fn attachments(inputs: &[PortItems]) -> Vec<Vec<Vec<Attachment<'_>>>> {
    let mut blob = 0;
    let mut ports = Vec::with_capacity(inputs.len());
    for port in inputs {
        let mut items = Vec::with_capacity(port.items.len());
        for item in &port.items {
            let mut of_item = Vec::new();
            for attachment in item.attachments() {
                of_item.push(Attachment {
                    name: &attachment.name,
                    blob,
                    media_type: &attachment.media_type,
                    file_name: attachment.file_name.as_deref(),
                });
                blob += 1;
            }
            items.push(of_item);
        }
        ports.push(items);
    }
    ports
}

fn call_items<'a>(
    inputs: &'a [PortItems],
    attachments: &'a [Vec<Vec<Attachment<'a>>>],
) -> Vec<Vec<CallItem<'a>>> {
    let ports = inputs.iter().zip(attachments);
    ports
        .map(|(port, attachments)| {
            let items = port.items.iter().zip(attachments);
            items
                .map(|(item, binary)| CallItem {
                    json: item.json.as_str(),
                    binary,
                })
                .collect()
        })
        .collect()
}
