//! Inputs of the engine as text.
//!
//! `request start`, also with ` to b` and ` pins`; `begin`, `cancel`, `time-out`, `abort`. Others name a step by its node and, where
//! it is not the default, its rounds and attempt: `a[2,0]#2`. Behind it stands what became of it: `ok` (one item by the first
//! port), `out 2` or `true 1 false 1` (so many by each port), `none` (no port at all), `!code` (permanent error), `~code` (one that may
//! pass), `~code@900` (not before 900 ms), `due` (the delay is over).
//! ` sets x=1 y=2` behind a success sets variables, ` answers 201` answers.
//!
//! Suspensions: `rounds 2 1` (items of each), also with ` at 3` for the concurrency; `until 500`; `asks`, `asks until 500`; `children 1 1`.
//! Their ends: `woken`, `signal 2` (so many items), `late`, `children-done 2`, `rounds-done`.

use monshyflow_engine::{CancelReason, Cost, Input, Plan, ResumedBy, StepError, StepId, Wait};
use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{NodeIndex, OnError, PortIndex};

use super::labels::{labels, list};
use super::outcomes::response;
use super::table::Game;

impl Game {
    pub(super) fn input(&self, text: &str) -> Input {
        let (subject, what) = text.split_once(' ').unwrap_or((text, ""));
        match subject {
            "request" => self.request(what),
            "begin" => Input::Start,
            "cancel" => Input::Cancel {
                reason: CancelReason::Requested,
            },
            "time-out" => Input::TimeOut,
            "abort" => Input::Abort {
                error: failure("aborted"),
            },
            _ => self.step_input(self.step_id(subject), what),
        }
    }

    fn request(&self, what: &str) -> Input {
        let pins = what.ends_with(" pins");
        let what = what.trim_end_matches(" pins");
        let (trigger, to) = what
            .split_once(" to ")
            .map_or((what, None), |(trigger, to)| (trigger, Some(to)));
        Input::Request {
            trigger: self.node(trigger),
            input: list(&["in"]),
            plan: Plan {
                to: to.map(|to| self.node(to)),
                pins,
            },
        }
    }

    fn step_input(&self, step: StepId, what: &str) -> Input {
        let cost = Cost::default();
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        if verb == "due" {
            return Input::RetryDue { step };
        }
        if verb.starts_with(['!', '~']) {
            return Input::Failed {
                degraded: self.degraded(&step),
                step,
                error: failure(what),
                cost,
            };
        }
        if let Some(wait) = self.wait_for(&step, verb, rest) {
            let state = "state".to_owned();
            return Input::Suspended {
                step,
                wait,
                state,
                cost,
            };
        }
        let by = match verb {
            "woken" => ResumedBy::Time,
            "signal" => ResumedBy::Signal,
            "late" => ResumedBy::TimedOut,
            "children-done" => ResumedBy::Children,
            "rounds-done" => ResumedBy::Rounds,
            _ => {
                let (what, answers) = what.split_once(" answers ").unwrap_or((what, ""));
                let (what, sets) = what.split_once(" sets ").unwrap_or((what, ""));
                return Input::Succeeded {
                    outputs: self.outputs(&step, what),
                    step,
                    variables: variables(sets),
                    response: answers.parse().ok().map(response),
                    cost,
                };
            }
        };
        let items = self.items(&step, 1, rest.parse().unwrap_or(0));
        Input::Resumed { step, by, items }
    }

    fn wait_for(&self, step: &StepId, verb: &str, rest: &str) -> Option<Wait> {
        let until_ms = rest
            .strip_prefix("until ")
            .map(|until| until.parse().expect("a time"));
        let (counts, concurrency) = rest.split_once(" at ").unwrap_or((rest, "1"));
        let numbers = || -> Vec<u32> {
            let counts = counts.split_whitespace();
            counts.map(|count| count.parse().expect("a number")).collect()
        };
        let all = || self.items(step, 1, numbers().iter().sum::<u32>() as usize);
        match verb {
            "rounds" => Some(Wait::Rounds {
                items: all(),
                counts: numbers(),
                concurrency: concurrency.parse().expect("a number"),
            }),
            "wrong-rounds" => Some(Wait::Rounds {
                items: self.items(step, 1, 7),
                counts: numbers(),
                concurrency: 1,
            }),
            "until" => Some(Wait::Time {
                until_ms: rest.parse().expect("a time"),
            }),
            "asks" => Some(Wait::Signal {
                until_ms,
                details: None,
            }),
            "children" => Some(Wait::Children {
                items: all(),
                counts: numbers(),
                details: "{}".to_owned(),
                until_ms: None,
            }),
            _ => None,
        }
    }

    /// `a1`, or `a1@2.0` in a round.
    fn items(&self, step: &StepId, first: usize, count: usize) -> ItemList {
        let rounds: Vec<_> = step.iteration.iter().map(u32::to_string).collect();
        let round = if rounds.is_empty() {
            String::new()
        } else {
            format!("@{}", rounds.join("."))
        };
        let name = self.node_name(step.node);
        let numbers = first..first + count;
        list(
            &numbers
                .map(|number| format!("{name}{number}{round}"))
                .collect::<Vec<_>>(),
        )
    }

    fn outputs(&self, step: &StepId, what: &str) -> Vec<(PortIndex, ItemList)> {
        let what = match what {
            "ok" => {
                let loops = self.workflow.nodes.get(step.node.0 as usize);
                let done = loops.and_then(|node| Some(node.node_type.loop_ports()?.done));
                return vec![(done.unwrap_or(PortIndex(0)), self.items(step, 1, 1))];
            }
            "none" => return Vec::new(),
            _ => what.split_whitespace().collect::<Vec<_>>(),
        };
        let mut first = 1;
        let ports = what.chunks(2).map(|pair| {
            let [port, count] = pair else {
                panic!("a port without a number: {pair:?}")
            };
            let count = count.parse().expect("a number");
            let items = self.items(step, first, count);
            first += count;
            (self.port(step.node, port), items)
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

    /// A node that does not exist gets an index that does not exist either.
    pub(crate) fn node(&self, name: &str) -> NodeIndex {
        self.workflow.by_name(name).unwrap_or(NodeIndex(99))
    }

    fn port(&self, node: NodeIndex, name: &str) -> PortIndex {
        let node_type = &self.workflow.node(node).node_type;
        node_type.output(name).unwrap_or(node_type.error_port())
    }

    pub(crate) fn step_id(&self, text: &str) -> StepId {
        let (text, attempt) = text.split_once('#').unwrap_or((text, "1"));
        let (name, rounds) = text.split_once('[').unwrap_or((text, "]"));
        let rounds = rounds.trim_end_matches(']').split(',');
        let rounds = rounds.filter(|round| !round.is_empty());
        StepId {
            node: self.node(name),
            iteration: rounds.map(|round| round.parse().expect("a number")).collect(),
            attempt: attempt.parse().expect("a number"),
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

/// `x=1 y="two"`, and `many=300` for as many of them.
fn variables(sets: &str) -> Vec<(String, Json)> {
    let one = |text: &str| {
        let (name, json) = text.split_once('=').expect("name=json");
        let json = Json::parse(json.to_owned().into()).expect("JSON");
        match (name, json.as_str().parse::<usize>()) {
            ("many", Ok(count)) => (0..count).map(|at| (format!("v{at}"), json.clone())).collect(),
            ("long", Ok(count)) => {
                let text = "x".repeat(count);
                vec![(name.to_owned(), Json::from_value(&text.into()))]
            }
            _ => vec![(name.to_owned(), json)],
        }
    };
    sets.split_whitespace().flat_map(one).collect()
}
