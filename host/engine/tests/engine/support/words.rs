//! What a run says of itself, in words.

use monshyflow_engine::{
    AfterFailure, Event, Place, RunStatus, SkipReason, StepId, StepState, StepSummary, Wait,
};
use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, PortIndex};

use super::labels::text;
use super::table::Game;

impl Game {
    pub(super) fn event(&self, event: &Event) -> String {
        match event {
            Event::RunRequested { .. } => "requested".to_owned(),
            Event::RunStarted => "started".to_owned(),
            Event::StepSucceeded {
                step,
                outputs,
                variables,
                response,
                ..
            } => {
                let answers = response
                    .as_ref()
                    .map(|response| format!(" answers {}", response.status));
                let answers = answers.unwrap_or_default();
                let sets = if variables.is_empty() { "" } else { " sets " };
                let assigned = match variables.len() {
                    count @ 10.. => format!("{count} of them"),
                    _ => assignments(variables.iter().map(|(name, json)| (name, json))).join(" "),
                };
                let (name, ports) = (self.step_name(step), self.ports(step.node, outputs));
                format!("{name} done{ports}{sets}{assigned}{answers}")
            }
            Event::StepFailed {
                step,
                error,
                then,
                outputs,
                ..
            } => {
                let then = match then {
                    AfterFailure::Retry { .. } => "retry",
                    AfterFailure::Stop => "stop",
                    AfterFailure::Continue => "continue",
                    AfterFailure::Port => "port",
                };
                format!(
                    "{} failed {}, {then}{}",
                    self.step_name(step),
                    error.code,
                    self.ports(step.node, outputs)
                )
            }
            Event::StepSkipped {
                node,
                iteration,
                reason,
            } => self.skipped(*node, iteration, *reason),
            Event::StepSuspended { step, wait, .. } => {
                format!("{} waits for {}", self.step_name(step), self.wait(wait))
            }
            Event::StepResumed { step, .. } => format!("{} resumed", self.step_name(step)),
            Event::RunSucceeded => "succeeded".to_owned(),
            Event::RunFailed {
                node: Some(node),
                error,
            } => {
                format!("failed at {}: {}", self.node_name(*node), error.code)
            }
            Event::RunFailed { node: None, error } => format!("failed: {}", error.code),
            Event::RunCancelled { .. } => "cancelled".to_owned(),
            Event::RunTimedOut => "timed out".to_owned(),
            Event::ResponseSent { step, status } => format!("{} answered {status}", self.step_name(step)),
            Event::Log { step, message, .. } => format!("{} says: {message}", self.step_name(step)),
            Event::StepStarted { .. } | Event::Progress { .. } => panic!("{event:?}"),
        }
    }

    fn skipped(&self, node: NodeIndex, iteration: &[u32], reason: SkipReason) -> String {
        let place = Place {
            iteration: iteration.to_vec(),
            node,
        };
        let step = StepId {
            node,
            iteration: iteration.to_vec(),
            attempt: 1,
        };
        let name = self.step_name(&step);
        let word = format!("{reason:?}").to_lowercase();
        let outputs = self.run.outputs_of(&place).expect("a skipped node is done");
        format!("{name} {word}{}", self.ports(node, outputs))
    }

    pub(super) fn wait(&self, wait: &Wait) -> String {
        let parts = |counts: &[u32]| -> String {
            let parts: Vec<_> = counts.iter().map(u32::to_string).collect();
            parts.join(" ")
        };
        match wait {
            Wait::Rounds { counts, .. } => format!("rounds {}", parts(counts)).trim_end().to_owned(),
            Wait::Time { until_ms } => format!("time {until_ms}"),
            Wait::Signal { until_ms: None, .. } => "signal".to_owned(),
            Wait::Signal {
                until_ms: Some(until),
                ..
            } => format!("signal until {until}"),
            Wait::Children { counts, .. } => format!("children {}", parts(counts)),
        }
    }

    fn ports(&self, node: NodeIndex, outputs: &[(PortIndex, ItemList)]) -> String {
        let port = |(port, items): &(PortIndex, ItemList)| {
            format!(" {}: {}", self.port_name(node, *port), text(items))
        };
        outputs.iter().map(port).collect()
    }

    pub(super) fn steps(&self) -> Vec<String> {
        let say = |step: StepSummary<'_>| {
            let state = match step.state {
                StepState::Running => "running".to_owned(),
                StepState::Suspended => "suspended".to_owned(),
                StepState::Retrying { delay_ms } => format!("retrying in {delay_ms}"),
                StepState::Succeeded => "succeeded".to_owned(),
                StepState::Failed(then) => format!("failed {then:?}").to_lowercase(),
                StepState::Skipped(reason) => format!("skipped {reason:?}").to_lowercase(),
            };
            let error = step
                .error
                .map(|error| format!(" after {}", error.code))
                .unwrap_or_default();
            format!("{} {state}{error}", self.step_name(&step.step))
        };
        self.run.steps().map(say).collect()
    }

    pub(super) fn result(&self) -> Vec<String> {
        let result = self.run.result(&self.workflow).into_iter();
        result
            .map(|(node, port, items)| {
                format!(
                    "{}.{}: {}",
                    self.node_name(node),
                    self.port_name(node, port),
                    text(&items)
                )
            })
            .collect()
    }

    pub(super) fn error(&self) -> Vec<String> {
        assert_eq!(self.run.error().is_some(), self.run.status() == RunStatus::Failed);
        let error = self.run.error().into_iter();
        error
            .map(|(node, error)| {
                let node = node.map_or("the run".to_owned(), |node| self.node_name(node).to_owned());
                format!("{node}: {}", error.message)
            })
            .collect()
    }

    pub(super) fn node_name(&self, node: NodeIndex) -> &str {
        self.workflow
            .nodes
            .get(node.0 as usize)
            .map_or("nobody", |node| &node.name)
    }

    fn port_name(&self, node: NodeIndex, port: PortIndex) -> &str {
        let outputs = &self.workflow.node(node).node_type.outputs;
        outputs.get(port.0 as usize).map_or("error", String::as_str)
    }

    pub(super) fn step_name(&self, step: &StepId) -> String {
        let mut name = self.node_name(step.node).to_owned();
        if !step.iteration.is_empty() {
            let rounds: Vec<_> = step.iteration.iter().map(u32::to_string).collect();
            name = format!("{name}[{}]", rounds.join(","));
        }
        if step.attempt > 1 {
            name = format!("{name}#{}", step.attempt);
        }
        name
    }
}

/// `x=1`, `long=..` for a long value.
pub(super) fn assignments<'a>(variables: impl Iterator<Item = (&'a String, &'a Json)>) -> Vec<String> {
    let value = |json: &'a Json| Some(json.as_str()).filter(|text| text.len() < 20);
    variables
        .map(|(name, json)| format!("{name}={}", value(json).unwrap_or("..")))
        .collect()
}
