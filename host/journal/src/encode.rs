//! From an event of the engine to its record.

use std::collections::BTreeMap;

use monshyflow_engine::{AfterFailure, Cost, Event, Response, ResponseBody, StepError, StepId, Wait};
use monshyflow_items::{ItemList, ItemListRecord, Json};
use monshyflow_workflow::{NodeIndex, PortIndex, Workflow};
use serde_json::value::RawValue;

use crate::Error;
use crate::record::{
    CostRecord, ErrorRecord, EventRecord, FullList, ResponseRecord, cause, log_level, skip_reason,
};

/// The text of one event. `seq` and `at` as they will be read again.
pub(crate) fn event(
    workflow: &Workflow,
    event: &Event,
    seq: u64,
    at: jiff::Timestamp,
) -> Result<String, Error> {
    let mut record = EventRecord::empty(event.kind(), seq, at);
    match event {
        Event::RunRequested { trigger, input, plan } => {
            record.node = Some(node_id(workflow, *trigger)?);
            record.input = Some(FullList::of(None, input)?);
            record.to = plan.to.map(|node| node_id(workflow, node)).transpose()?;
            record.pins = plan.pins;
        }
        Event::StepStarted { step } => record.set_step(workflow, step)?,
        Event::StepSucceeded {
            step,
            outputs,
            variables,
            response,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_outputs(workflow, step.node, outputs)?;
            record.set_variables(variables)?;
            record.response = response.as_deref().map(ResponseRecord::of);
            record.cost = Some(CostRecord::of(cost));
        }
        Event::StepFailed {
            step,
            error,
            then,
            outputs,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_outputs(workflow, step.node, outputs)?;
            record.cost = Some(CostRecord::of(cost));
            record.error = Some(ErrorRecord::of(error));
            record.set_then(*then);
        }
        Event::StepSkipped {
            node,
            iteration,
            reason,
        } => {
            record.node = Some(node_id(workflow, *node)?);
            record.iteration.clone_from(iteration);
            record.reason = Some(skip_reason(*reason).to_owned());
        }
        Event::StepSuspended {
            step,
            wait,
            state,
            cost,
        } => {
            record.set_step(workflow, step)?;
            record.set_wait(wait)?;
            record.state = Some(state.clone());
            record.cost = Some(CostRecord::of(cost));
        }
        Event::StepResumed { step, by, items } => {
            record.set_step(workflow, step)?;
            record.by = Some(cause(*by).to_owned());
            record.input = (!items.is_empty())
                .then(|| FullList::of(None, items))
                .transpose()?;
        }
        Event::ResponseSent { step, status } => {
            record.set_step(workflow, step)?;
            record.status = Some(*status);
        }
        Event::Log { step, level, message } => {
            record.set_step(workflow, step)?;
            record.level = Some(log_level(*level).to_owned());
            record.message = Some(message.clone());
        }
        Event::Progress {
            step,
            fraction,
            message,
        } => {
            record.set_step(workflow, step)?;
            record.fraction = fraction.filter(|fraction| fraction.is_finite());
            record.message = Some(message.clone());
        }
        Event::RunFailed { node, error } => {
            record.node = node.map(|node| node_id(workflow, node)).transpose()?;
            record.error = Some(ErrorRecord::of(error));
        }
        Event::RunCancelled { reason } => record.reason = Some(reason.as_str().to_owned()),
        Event::RunStarted | Event::RunSucceeded | Event::RunTimedOut => {}
    }
    record.to_text()
}

impl EventRecord<FullList> {
    pub(crate) fn empty(kind: &str, seq: u64, at: jiff::Timestamp) -> Self {
        Self {
            seq,
            at: format!("{at:.3}"),
            kind: kind.to_owned(),
            node: None,
            iteration: Vec::new(),
            attempt: None,
            input: None,
            outputs: Vec::new(),
            variables: BTreeMap::new(),
            response: None,
            status: None,
            cost: None,
            error: None,
            then: None,
            delay_ms: None,
            reason: None,
            to: None,
            pins: false,
            wait: None,
            counts: Vec::new(),
            concurrency: None,
            until_ms: None,
            details: None,
            state: None,
            by: None,
            level: None,
            fraction: None,
            message: None,
        }
    }

    pub(crate) fn to_text(&self) -> Result<String, Error> {
        serde_json::to_string(self)
            .map_err(|error| Error::Damaged(format!("an event cannot be written: {error}")))
    }

    fn set_step(&mut self, workflow: &Workflow, step: &StepId) -> Result<(), Error> {
        self.node = Some(node_id(workflow, step.node)?);
        self.iteration.clone_from(&step.iteration);
        self.attempt = Some(step.attempt);
        Ok(())
    }

    fn set_outputs(
        &mut self,
        workflow: &Workflow,
        node: NodeIndex,
        outputs: &[(PortIndex, ItemList)],
    ) -> Result<(), Error> {
        for (port, list) in outputs {
            let name = output_name(workflow, node, *port)?;
            self.outputs.push(FullList::of(Some(name), list)?);
        }
        Ok(())
    }

    fn set_variables(&mut self, variables: &[(String, Json)]) -> Result<(), Error> {
        for (name, value) in variables {
            let value = RawValue::from_string(value.as_str().to_owned())
                .map_err(|error| Error::Damaged(format!("a variable cannot be written: {error}")))?;
            self.variables.insert(name.clone(), value);
        }
        Ok(())
    }

    fn set_wait(&mut self, wait: &Wait) -> Result<(), Error> {
        let kind = match wait {
            Wait::Rounds {
                items,
                counts,
                concurrency,
            } => {
                self.input = Some(FullList::of(None, items)?);
                self.counts.clone_from(counts);
                self.concurrency = Some(*concurrency);
                "rounds"
            }
            Wait::Time { until_ms } => {
                self.until_ms = Some(*until_ms);
                "time"
            }
            Wait::Signal { until_ms, details } => {
                self.until_ms = *until_ms;
                self.details.clone_from(details);
                "signal"
            }
            Wait::Children {
                items,
                counts,
                details,
                until_ms,
            } => {
                self.input = Some(FullList::of(None, items)?);
                self.counts.clone_from(counts);
                self.details = Some(details.clone());
                self.until_ms = *until_ms;
                "children"
            }
        };
        self.wait = Some(kind.to_owned());
        Ok(())
    }

    fn set_then(&mut self, then: AfterFailure) {
        let text = match then {
            AfterFailure::Retry { delay_ms } => {
                self.delay_ms = Some(delay_ms);
                "retry"
            }
            AfterFailure::Stop => "stop",
            AfterFailure::Continue => "continue",
            AfterFailure::Port => "port",
        };
        self.then = Some(text.to_owned());
    }
}

impl FullList {
    fn of(port: Option<String>, list: &ItemList) -> Result<Self, Error> {
        let stored = list
            .segments()
            .iter()
            .filter(|segment| segment.object().is_some())
            .count();
        if stored != 0 && stored != list.segments().len() {
            return Err(Error::Misuse(
                "a list that is stored in part only; give it to store_list first",
            ));
        }
        Ok(Self {
            port,
            count: list.len() as u64,
            bytes: list.size(),
            list: ItemListRecord::of(list),
        })
    }
}

impl ResponseRecord {
    fn of(response: &Response) -> Self {
        let (bytes, text, object) = match &response.body {
            ResponseBody::Empty => (0, None, None),
            ResponseBody::Text(text) => (text.len() as u64, Some(text.to_string()), None),
            ResponseBody::Stored { object, size } => (*size, None, Some(object.clone())),
        };
        Self {
            status: response.status,
            headers: response.headers.clone(),
            bytes,
            text,
            object,
        }
    }
}

impl CostRecord {
    fn of(cost: &Cost) -> Self {
        Self {
            wall_micros: cost.wall_micros,
            guest_cpu_micros: cost.guest_cpu_micros,
            peak_memory: cost.peak_memory,
            bytes_in: cost.bytes_in,
            bytes_out: cost.bytes_out,
            calls: cost.calls,
            capabilities: cost.capabilities.clone(),
        }
    }
}

impl ErrorRecord {
    pub(crate) fn of(error: &StepError) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
            details: error.details.clone(),
        }
    }
}

fn node_id(workflow: &Workflow, node: NodeIndex) -> Result<String, Error> {
    let known = workflow
        .nodes
        .get(node.0 as usize)
        .ok_or(Error::Misuse("an event of another workflow"))?;
    Ok(known.id.clone())
}

fn output_name(workflow: &Workflow, node: NodeIndex, port: PortIndex) -> Result<String, Error> {
    let node_type = &workflow.node(node).node_type;
    match node_type.outputs.get(port.0 as usize) {
        Some(name) => Ok(name.clone()),
        None if port == node_type.error_port() => Ok("error".to_owned()),
        None => Err(Error::Misuse("an event with an unknown port")),
    }
}
