//! A run as a table: one input on each line, and behind `=>` the effects it must have.
//!
//! ```text
//! request start         => requested
//! begin                 => started; call start(in)
//! start ok              => start done out: start1; call a(start1)
//! a !boom               => a failed boom, stop; failed at a: boom
//! ```
//!
//! The inputs are told in `moves`, the effects in `words`. `call a(x y, z)` stands for the record of the start and the call with
//! its inputs by port, `resume a(x y, z) by rounds` for that of the end of a suspension and the call. `-` is nothing.
//!
//! `restart` forgets the run, replays what was recorded, and resumes. `reopen` and `reopen from a` go on with a new run.
//! `steps`, `pending`, `waits`, `result`, `status`, `error`, `response`, `variables` and `variables at a` ask. `lose 1` forgets the last
//! event that was recorded, and what is lost with the process.

use std::collections::BTreeMap;

use monshyflow_engine::{Again, Effect, Event, Resumed, Run, StepId, reopen, replay, resume, step};
use monshyflow_items::ItemList;
use monshyflow_workflow::Workflow;

use super::labels::text;
use super::words::assignments;

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
    pub(super) inputs: BTreeMap<StepId, Vec<ItemList>>,
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

    /// A run after some inputs, whatever their effects.
    pub(crate) fn after(graph: &str, inputs: &str) -> Self {
        let mut game = Self::new(super::graph::workflow(graph));
        for input in inputs.lines().map(str::trim).filter(|input| !input.is_empty()) {
            game.play(input);
        }
        game.check_replay();
        game
    }

    pub(crate) fn play(&mut self, input: &str) -> String {
        let answer = match input {
            "steps" => self.steps(),
            "pending" => self
                .run
                .pending_steps()
                .iter()
                .map(|step| self.step_name(step))
                .collect(),
            "waits" => self
                .run
                .waits()
                .map(|(step, wait)| format!("{} {}", self.step_name(&step), self.wait(wait)))
                .collect(),
            "result" => self.result(),
            "response" => self
                .run
                .response()
                .map(|response| response.status.to_string())
                .into_iter()
                .collect(),
            "variables" => assignments(self.run.variables().iter()),
            "status" => vec![format!("{:?}", self.run.status()).to_lowercase()],
            "error" => self.error(),
            "restart" => {
                self.run = self.replayed();
                self.resume()
            }
            "forgetful restart" => {
                self.run = self.replayed();
                Vec::new()
            }
            "resume" => self.resume(),
            "lose 1" => {
                self.events.pop();
                self.run = self.replayed();
                Vec::new()
            }
            _ if input.starts_with("variables at ") => {
                let place = self.step_id(&input["variables at ".len()..]).place();
                assignments(self.run.variables_at(&place).iter())
            }
            _ if input.starts_with("reopen") => self.reopen(&self.again(input)),
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

    fn resume(&mut self) -> Vec<String> {
        let effects = resume(&self.workflow, &mut self.run);
        self.perform(effects)
    }

    /// `reopen`, `reopen from a`, `reopen from a to b`; `with pins` or `without pins` at the end.
    fn again(&self, input: &str) -> Again {
        let mut again = Again::default();
        let mut words = input.split_whitespace().skip(1);
        while let (Some(word), Some(name)) = (words.next(), words.next()) {
            match word {
                "from" => again.from = Some(self.node(name)),
                "to" => again.to = Some(self.node(name)),
                "with" => again.pins = Some(true),
                "without" => again.pins = Some(false),
                other => panic!("`{other}` in `{input}`"),
            }
        }
        again
    }

    fn reopen(&mut self, again: &Again) -> Vec<String> {
        match reopen(&self.workflow, self.events.clone(), again) {
            Err(error) => vec![error.to_string()],
            Ok(events) => {
                self.events = events;
                self.run = self.replayed();
                self.resume()
            }
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
        assert!(replayed.waits().eq(self.run.waits()));
        assert_eq!(replayed.status(), self.run.status());
        assert_eq!(replayed.variables(), self.run.variables());
        assert_eq!(replayed.response(), self.run.response());
        assert_eq!(replayed.result(&self.workflow), self.run.result(&self.workflow));
    }

    /// Takes note of the effects and says them in words.
    fn perform(&mut self, effects: Vec<Effect>) -> Vec<String> {
        let mut words = Vec::new();
        let mut begun = None;
        for (index, effect) in effects.iter().enumerate() {
            let called_next = |step: &StepId| matches!(effects.get(index + 1), Some(Effect::Call { step: called, .. }) if called == step);
            match effect {
                Effect::Record(event) => {
                    self.events.push(event.clone());
                    match event {
                        Event::StepStarted { step } => begun = Some((step, "call")),
                        Event::StepResumed { step, .. } if called_next(step) => {
                            begun = Some((step, "resume"));
                        }
                        event => words.push(self.event(event)),
                    }
                }
                Effect::Call {
                    step,
                    inputs,
                    resumed,
                } => {
                    let recorded = begun.take().filter(|(begun, _)| *begun == step);
                    let verb = recorded.map_or("call again", |(_, verb)| verb);
                    words.push(format!("{verb} {}", self.call(step, inputs, resumed.as_ref())));
                    self.inputs.insert(step.clone(), inputs.clone());
                }
                Effect::Wait { step, wait } => {
                    assert!(
                        self.run
                            .waits()
                            .any(|(waiting, what)| waiting == *step && what == wait)
                    );
                    words.push(format!("await {}", self.step_name(step)));
                }
                Effect::RetryAfter { step, delay_ms } => {
                    words.push(format!("wait {delay_ms} for {}", self.step_name(step)));
                }
                Effect::Interrupt { step } => words.push(format!("interrupt {}", self.step_name(step))),
                Effect::Finished(status) => {
                    assert_eq!(*status, self.run.status());
                    assert_eq!(
                        index + 1,
                        effects.len(),
                        "finished is the last effect: {effects:?}"
                    );
                }
            }
            assert!(
                begun.is_none() || matches!(effect, Effect::Record(_)),
                "a start without its call"
            );
        }
        words
    }

    fn call(&self, step: &StepId, inputs: &[ItemList], resumed: Option<&Resumed>) -> String {
        let lists: Vec<_> = inputs.iter().map(text).collect();
        let mut call = format!("{}({})", self.step_name(step), lists.join(", "));
        if let Some(resumed) = resumed {
            assert_eq!(resumed.state, "state");
            call.push_str(&format!(" by {:?}", resumed.by).to_lowercase());
            if !resumed.items.is_empty() {
                call.push_str(&format!(" with {}", text(&resumed.items)));
            }
        }
        call
    }
}
