//! A run as a table: one input on each line, and behind `=>` the effects it must have.
//!
//! ```text
//! request start         => requested
//! begin                 => started; call start(in)
//! start ok              => start done out: start1; call a(start1)
//! a !boom               => a failed boom, stop; failed at a: boom
//! ```
//!
//! Inputs: `ok` (one item by the first port), `out 2` or `true 1 false 1` (so many by each port), `none` (no port at all),
//! `!code` (permanent error), `~code` (one that may pass), `~code@900` (not before 900 ms), `due` (the delay is over), `cancel`, `time-out`,
//! `abort`. A step is named by its node and, after the first attempt, `#2`. Effects: `call a(x y, z)` stands for the record of the start
//! and the call with its inputs by port; the rest says itself. `-` is nothing.
//!
//! `restart` forgets the run, replays what was recorded, and resumes. `steps`, `pending`, `result`, `status` and `error` ask.

use std::collections::BTreeMap;

use monshyflow_engine::{
    AfterFailure, Cost, Effect, Event, Input, Run, RunStatus, SkipReason, StepError, StepId, StepState,
    replay, resume, step,
};
use monshyflow_items::ItemList;
use monshyflow_workflow::{NodeIndex, OnError, PortIndex, Workflow};

use super::labels::{labels, list, text};

/// Runs the inputs of `table` through `graph` and compares all effects.
#[track_caller]
pub(crate) fn check(graph: &str, table: &str) {
    let lines = joined_lines(table);
    let mut game = Game::new(super::graph::workflow(graph));
    let mut actual = Vec::new();
    for line in &lines {
        let (input, _) = line.split_once(" => ").expect("a line with =>");
        actual.push(format!("{input} => {}", game.play(input)));
    }
    game.check_replay();
    assert!(
        actual == lines,
        "{graph}\n\nexpected\n{}\n\nactual\n{}\n",
        lines.join("\n"),
        actual.join("\n")
    );
}

/// One line for each input, its blanks evened out. A line without `=>` continues the one before.
fn joined_lines(table: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match lines.last_mut() {
            Some(last) if !words.contains("=>") => *last = format!("{last} {words}"),
            _ => lines.push(words),
        }
    }
    lines
}

pub(crate) struct Game {
    pub(crate) workflow: Workflow,
    pub(crate) run: Run,
    /// Everything that was recorded.
    pub(crate) events: Vec<Event>,
    inputs: BTreeMap<StepId, Vec<ItemList>>,
}

impl Game {
    pub(crate) fn new(workflow: Workflow) -> Self {
        Self {
            workflow,
            run: Run::new(),
            events: Vec::new(),
            inputs: BTreeMap::new(),
        }
    }

    fn play(&mut self, input: &str) -> String {
        let answer = match input {
            "steps" => self.steps(),
            "pending" => self
                .run
                .pending_steps()
                .iter()
                .map(|step| self.step_name(step))
                .collect(),
            "result" => self.result(),
            "status" => vec![format!("{:?}", self.run.status()).to_lowercase()],
            "error" => self.error(),
            "restart" => {
                self.run = self.replayed();
                let effects = resume(&self.workflow, &mut self.run);
                self.perform(effects)
            }
            "forgetful restart" => {
                self.run = self.replayed();
                Vec::new()
            }
            "resume" => {
                let effects = resume(&self.workflow, &mut self.run);
                self.perform(effects)
            }
            _ => {
                let input = self.input(input);
                let effects = step(&self.workflow, &mut self.run, input);
                self.perform(effects)
            }
        };
        if answer.is_empty() {
            "-".to_owned()
        } else {
            answer.join("; ")
        }
    }

    pub(crate) fn replayed(&self) -> Run {
        let mut run = Run::new();
        for event in &self.events {
            replay(&self.workflow, &mut run, event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
        }
        run
    }

    fn check_replay(&self) {
        let replayed = self.replayed();
        if self.run.is_finished() {
            assert_eq!(replayed, self.run);
        }
        assert!(replayed.steps().eq(self.run.steps()));
        assert_eq!(replayed.result(&self.workflow), self.run.result(&self.workflow));
    }

    fn input(&self, text: &str) -> Input {
        let (subject, what) = text.split_once(' ').unwrap_or((text, ""));
        match subject {
            "request" => Input::Request {
                trigger: self.node(what),
                input: list(&["in"]),
            },
            "begin" => Input::Start,
            "cancel" => Input::Cancel,
            "time-out" => Input::TimeOut,
            "abort" => Input::Abort {
                error: failure("aborted"),
            },
            _ => self.step_input(self.step_id(subject), what),
        }
    }

    fn step_input(&self, step: StepId, what: &str) -> Input {
        let cost = Cost::default();
        if what == "due" {
            return Input::RetryDue { step };
        }
        if what.starts_with(['!', '~']) {
            return Input::Failed {
                degraded: self.degraded(&step),
                step,
                error: failure(what),
                cost,
            };
        }
        let outputs = self.outputs(&step, what);
        Input::Succeeded { step, outputs, cost }
    }

    fn outputs(&self, step: &StepId, what: &str) -> Vec<(PortIndex, ItemList)> {
        let what = match what {
            "ok" => return vec![(PortIndex(0), list(&[format!("{}1", self.node_name(step.node))]))],
            "none" => return Vec::new(),
            _ => what.split_whitespace().collect::<Vec<_>>(),
        };
        let mut next = 1..;
        let ports = what.chunks(2).map(|pair| {
            let [port, count] = pair else {
                panic!("a port without a number: {pair:?}")
            };
            let numbers = next.by_ref().take(count.parse().expect("a number"));
            let items: Vec<_> = numbers
                .map(|n| format!("{}{n}", self.node_name(step.node)))
                .collect();
            (self.port(step.node, port), list(&items))
        });
        ports.collect()
    }

    /// What the shell does for `onError`: the input items, each with the error attached.
    fn degraded(&self, step: &StepId) -> Option<ItemList> {
        let node = self.workflow.nodes.get(step.node.0 as usize)?;
        if node.settings.on_error == OnError::Stop {
            return None;
        }
        let items = self.inputs.get(step).into_iter().flatten().flat_map(labels);
        Some(list(&items.map(|label| format!("{label}!")).collect::<Vec<_>>()))
    }

    /// Takes note of the effects and says them in words.
    fn perform(&mut self, effects: Vec<Effect>) -> Vec<String> {
        let mut words = Vec::new();
        let mut begun = None;
        for effect in &effects {
            match effect {
                Effect::Record(Event::StepStarted { step }) => {
                    self.events.push(Event::StepStarted { step: step.clone() });
                    begun = Some(step);
                }
                Effect::Record(event) => {
                    self.events.push(event.clone());
                    words.push(self.event(event));
                }
                Effect::Call { step, inputs } => {
                    let recorded = begun.take() == Some(step);
                    let lists: Vec<_> = inputs.iter().map(text).collect();
                    let call = if recorded { "call" } else { "call again" };
                    words.push(format!("{call} {}({})", self.step_name(step), lists.join(", ")));
                    self.inputs.insert(step.clone(), inputs.clone());
                }
                Effect::RetryAfter { step, delay_ms } => {
                    words.push(format!("wait {delay_ms} for {}", self.step_name(step)));
                }
                Effect::Interrupt { step } => words.push(format!("interrupt {}", self.step_name(step))),
                Effect::Finished(status) => assert_eq!(*status, self.run.status()),
            }
            assert!(
                begun.is_none() || matches!(effect, Effect::Record(_)),
                "a start without its call"
            );
        }
        let ends = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Finished(_)))
            .count();
        let ended = matches!(effects.last(), Some(Effect::Finished(_)));
        assert!(
            ends == usize::from(ended),
            "finished is the last effect: {effects:?}"
        );
        words
    }

    fn event(&self, event: &Event) -> String {
        match event {
            Event::RunRequested { .. } => "requested".to_owned(),
            Event::RunStarted => "started".to_owned(),
            Event::StepSucceeded { step, outputs, .. } => {
                format!("{} done{}", self.step_name(step), self.ports(step.node, outputs))
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
                reason: SkipReason::Dead,
                ..
            } => format!("{} dead", self.node_name(*node)),
            Event::StepSkipped {
                node,
                reason: SkipReason::Disabled,
                ..
            } => {
                let outputs = self.run.outputs(*node).expect("a skipped node is done");
                format!("{} disabled{}", self.node_name(*node), self.ports(*node, outputs))
            }
            Event::RunSucceeded => "succeeded".to_owned(),
            Event::RunFailed {
                node: Some(node),
                error,
            } => {
                format!("failed at {}: {}", self.node_name(*node), error.code)
            }
            Event::RunFailed { node: None, error } => format!("failed: {}", error.code),
            Event::RunCancelled => "cancelled".to_owned(),
            Event::RunTimedOut => "timed out".to_owned(),
            Event::StepStarted { .. } | Event::Log { .. } | Event::Progress { .. } => panic!("{event:?}"),
        }
    }

    fn ports(&self, node: NodeIndex, outputs: &[(PortIndex, ItemList)]) -> String {
        let port = |(port, items): &(PortIndex, ItemList)| {
            format!(" {}: {}", self.port_name(node, *port), text(items))
        };
        outputs.iter().map(port).collect()
    }

    fn steps(&self) -> Vec<String> {
        let say = |step: monshyflow_engine::StepSummary<'_>| {
            let state = match step.state {
                StepState::Running => "running".to_owned(),
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

    fn result(&self) -> Vec<String> {
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

    fn error(&self) -> Vec<String> {
        assert_eq!(self.run.error().is_some(), self.run.status() == RunStatus::Failed);
        let error = self.run.error().into_iter();
        error
            .map(|(node, error)| {
                let node = node.map_or("the run".to_owned(), |node| self.node_name(node).to_owned());
                format!("{node}: {}", error.message)
            })
            .collect()
    }

    /// A node that does not exist gets an index that does not exist either.
    fn node(&self, name: &str) -> NodeIndex {
        self.workflow.by_name(name).unwrap_or(NodeIndex(99))
    }

    fn node_name(&self, node: NodeIndex) -> &str {
        self.workflow
            .nodes
            .get(node.0 as usize)
            .map_or("nobody", |node| &node.name)
    }

    fn port(&self, node: NodeIndex, name: &str) -> PortIndex {
        let node_type = &self.workflow.node(node).node_type;
        node_type.output(name).unwrap_or(node_type.error_port())
    }

    fn port_name(&self, node: NodeIndex, port: PortIndex) -> &str {
        let outputs = &self.workflow.node(node).node_type.outputs;
        outputs.get(port.0 as usize).map_or("error", String::as_str)
    }

    fn step_id(&self, text: &str) -> StepId {
        let (name, attempt) = text.split_once('#').unwrap_or((text, "1"));
        StepId {
            node: self.node(name),
            iteration: Vec::new(),
            attempt: attempt.parse().expect("a number"),
        }
    }

    fn step_name(&self, step: &StepId) -> String {
        let name = self.node_name(step.node);
        if step.attempt <= 1 {
            name.to_owned()
        } else {
            format!("{name}#{}", step.attempt)
        }
    }
}

/// `!code`, `~code` or `~code@900`.
fn failure(text: &str) -> StepError {
    let (code, retry_after) = text
        .split_once('@')
        .map_or((text, None), |(code, ms)| (code, Some(ms)));
    StepError {
        code: code.trim_start_matches(['!', '~']).to_owned(),
        message: "it went wrong".to_owned(),
        retryable: code.starts_with('~'),
        retry_after_ms: retry_after.map(|ms| ms.parse().expect("a number")),
        details: None,
    }
}
