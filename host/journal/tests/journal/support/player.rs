//! Plays a run as the runner does: engine, journal, and nodes that do as a seed says.

use std::sync::Arc;

use monshyflow_engine::{
    Cost, Effect, Event, Input, LogLevel, Response, ResponseBody, Run, StepError, StepId, resume, step,
};
use monshyflow_items::{Attachment, Item, ItemList, ItemRef, Json, Source};
use monshyflow_journal::{Appender, Error, Journal};
use monshyflow_workflow::{NodeIndex, OnError, PortIndex, Workflow};
use serde_json::json;

use super::house::acme;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

pub(crate) struct Player {
    pub(crate) journal: Journal,
    pub(crate) appender: Appender,
    pub(crate) run: Run,
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) dice: Dice,
    pub(crate) recorded: u64,
    calls: Vec<(StepId, Vec<ItemList>)>,
    timers: Vec<StepId>,
}

impl Player {
    pub(crate) fn new(
        journal: &Journal,
        appender: Appender,
        run: Run,
        workflow: Arc<Workflow>,
        seed: u64,
    ) -> Self {
        let (calls, timers) = (Vec::new(), Vec::new());
        Self {
            journal: journal.clone(),
            appender,
            run,
            workflow,
            dice: Dice(seed),
            recorded: 0,
            calls,
            timers,
        }
    }

    pub(crate) async fn begin(&mut self, input: ItemList) -> Result<(), Error> {
        let input = self.appender.store_list(input).await?;
        self.give(Input::Request {
            trigger: NodeIndex(0),
            input,
            plan: monshyflow_engine::Plan::default(),
        })?;
        self.give(Input::Start)
    }

    /// What a process does first with a run that it took over.
    pub(crate) fn go_on(&mut self) -> Result<(), Error> {
        let effects = resume(&self.workflow, &mut self.run);
        self.perform(effects)
    }

    /// One call returns, or one timer fires.
    pub(crate) async fn play_one(&mut self) -> Result<(), Error> {
        let happens = self.dice.below(self.calls.len() + self.timers.len());
        if happens >= self.calls.len() {
            let step = self.timers.swap_remove(happens - self.calls.len());
            return self.give(Input::RetryDue { step });
        }
        let (step, inputs) = self.calls.swap_remove(happens);
        if self.dice.one_in(3) {
            let (level, message) = (LogLevel::Warn, "Grüße \"\\\u{1}".to_owned());
            self.record(&Event::Log {
                step: step.clone(),
                level,
                message,
            })?;
            let fraction = Some(self.dice.below(100) as f32 / 7.0);
            self.record(&Event::Progress {
                step: step.clone(),
                fraction,
                message: String::new(),
            })?;
        }
        let input = self.outcome(step, inputs).await?;
        self.give(input)
    }

    fn give(&mut self, input: Input) -> Result<(), Error> {
        let effects = step(&self.workflow, &mut self.run, input);
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Error> {
        for effect in effects {
            match effect {
                Effect::Record(event) => self.record(&event)?,
                Effect::Call { step, inputs, .. } => self.calls.push((step, inputs)),
                Effect::RetryAfter { step, .. } => self.timers.push(step),
                Effect::Interrupt { .. } | Effect::Wait { .. } | Effect::Finished(_) => {}
            }
        }
        Ok(())
    }

    fn record(&mut self, event: &Event) -> Result<(), Error> {
        let seq = self.appender.record(event)?;
        self.recorded += 1;
        assert!(seq >= self.recorded);
        Ok(())
    }

    async fn outcome(&mut self, step: StepId, inputs: Vec<ItemList>) -> Result<Input, Error> {
        let node = self.workflow.clone();
        let node = node.node(step.node);
        let mut items = Vec::new();
        for list in &inputs {
            let list = self.journal.load_list(&acme(), list).await?;
            items.push(
                list.items_in_memory()
                    .map_or_else(Vec::new, |items| items.cloned().collect::<Vec<_>>()),
            );
        }
        let cost = Cost {
            wall_micros: self.dice.below(1_000) as u64,
            peak_memory: u64::MAX,
            calls: 1,
            capabilities: vec![("http".to_owned(), 3)],
            ..Cost::default()
        };
        if self.dice.one_in(5) {
            let error = StepError {
                code: "boom".to_owned(),
                message: "it \"broke\"".to_owned(),
                retryable: self.dice.one_in(2),
                retry_after_ms: self.dice.one_in(2).then_some(7),
                details: self.dice.one_in(2).then(|| "{\"a\":[1]}".to_owned()),
            };
            let degraded = if node.settings.on_error == OnError::Stop {
                None
            } else {
                let degraded = self.made(&items);
                Some(self.appender.store_list(degraded).await?)
            };
            return Ok(Input::Failed {
                step,
                error,
                degraded,
                cost,
            });
        }
        let mut outputs = Vec::new();
        for port in 0..node.node_type.outputs.len() {
            if !self.dice.one_in(6) {
                let list = self.made(&items);
                let list = self.appender.store_list(list).await?;
                outputs.push((PortIndex(port as u16), list));
            }
        }
        Ok(Input::Succeeded {
            step,
            outputs,
            variables: self.variables(),
            response: self.response(),
            cost,
        })
    }

    fn response(&mut self) -> Option<Arc<Response>> {
        let body = match self.dice.below(9) {
            0 => ResponseBody::Empty,
            1 => ResponseBody::Text("\"ü\"\r\n".repeat(self.dice.below(3)).into()),
            2 => ResponseBody::Stored {
                object: "tenants/acme/runs/x/blobs/y".to_owned(),
                size: self.dice.below(1_000_000) as u64,
            },
            _ => return None,
        };
        let cookie = |value: &str| ("set-cookie".to_owned(), value.to_owned());
        Some(Arc::new(Response {
            status: 200 + self.dice.below(400) as u16,
            headers: vec![cookie("a=1"), cookie("\"b\\=2\"")],
            body,
        }))
    }

    /// Numbers keep their digits, objects their order.
    fn variables(&mut self) -> Vec<(String, Json)> {
        const VALUES: [&str; 4] = [
            "12345678901234567890.10",
            r#"{"b":1,"a":[]}"#,
            r#""\u00e9 ""#,
            "null",
        ];
        let count = self.dice.below(3);
        let one = |dice: &mut Dice| {
            let value = VALUES[dice.below(VALUES.len())];
            let value = Json::parse(value.into()).expect("JSON");
            (format!("v{}", dice.below(3)), value)
        };
        (0..count).map(|_| one(&mut self.dice)).collect()
    }

    /// Items that were passed on, made of one or several, or of nothing.
    fn made(&mut self, inputs: &[Vec<Item>]) -> ItemList {
        let count = self.dice.below(5);
        let large = self.dice.one_in(12);
        let made = (0..count).map(|number| {
            let from = |dice: &mut Dice| {
                let port = dice.below(inputs.len().max(1));
                let of_port = inputs.get(port).map_or(0, Vec::len);
                (of_port > 0).then(|| ItemRef {
                    port: port as u16,
                    index: dice.below(of_port) as u32,
                })
            };
            let size = if large { 60_000 } else { self.dice.below(40) };
            let mut item = Item::new(Json::from_value(
                &json!({"n": number, "big": 1e300, "text": "ü".repeat(size)}),
            ));
            let first = from(&mut self.dice);
            match (first, self.dice.below(4)) {
                (Some(first), 0 | 1) => {
                    let passed = &inputs[usize::from(first.port)][first.index as usize];
                    return Item {
                        source: Source::Passed(first),
                        ..passed.clone()
                    };
                }
                (Some(first), 2) => item.source = Source::One(first),
                (Some(first), _) => item.source = Source::of(vec![first, first]),
                (None, _) => {}
            }
            if self.dice.one_in(4) {
                let attachment = Attachment {
                    name: "data".to_owned(),
                    object: "tenants/acme/runs/x/blobs/y".to_owned(),
                    size: 3,
                    media_type: "text/plain".to_owned(),
                    file_name: self.dice.one_in(2).then(|| "ä.txt".to_owned()),
                };
                item.binary = Some(vec![attachment].into());
            }
            item
        });
        ItemList::from_items(made.collect())
    }
}
