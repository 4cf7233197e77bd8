//! What calls come to, so that it depends on nothing but the step and what it was told.

use std::sync::Arc;

use monshyflow_engine::{Cost, Input, Response, ResponseBody, Resumed, ResumedBy, StepError, StepId, Wait};
use monshyflow_items::{ItemList, Json};
use monshyflow_workflow::{OnError, PortIndex, Workflow};

use super::dice::Dice;
use super::labels::list;

/// Calls under way.
pub(crate) type Calls = Vec<(StepId, Vec<ItemList>, Option<Resumed>)>;

pub(crate) fn outcome(
    workflow: &Workflow,
    seed: u64,
    step: StepId,
    inputs: &[ItemList],
    resumed: &Option<Resumed>,
    (interrupted, everybody_answers): (bool, bool),
) -> Input {
    // The state is the number of suspensions so far.
    let before: u32 = resumed
        .as_ref()
        .map_or(0, |resumed| resumed.state.parse().expect("a number"));
    let mut dice = Dice::new(salted(seed, &step) ^ (u64::from(before) << 20));
    let cost = Cost::default();
    if interrupted && dice.one_in(2) {
        return Input::Failed {
            step,
            error: error("cancelled", false),
            degraded: None,
            cost,
        };
    }
    let node = workflow.node(step.node);
    if dice.one_in(8) {
        let degraded = (node.settings.on_error != OnError::Stop).then(|| inputs[0].clone());
        return Input::Failed {
            step,
            error: error("boom", dice.one_in(2)),
            degraded,
            cost,
        };
    }
    let ports = workflow.loop_ports(step.node);
    if before < 2 && dice.one_in(if ports.is_some() { 2 } else { 9 }) || before == 0 && ports.is_some() {
        return Input::Suspended {
            wait: wait(&mut dice, ports.is_some()),
            step,
            state: (before + 1).to_string(),
            cost,
        };
    }
    let mut outputs = Vec::new();
    for port in 0..node.node_type.outputs.len() as u16 {
        let items = if dice.one_in(8) { 0 } else { 1 + dice.below(2) };
        let labels: Vec<_> = (0..items)
            .map(|item| format!("{}{item}{:?}", node.name, step.iteration))
            .collect();
        let is_body = ports.is_some_and(|ports| ports.body == PortIndex(port));
        if !dice.one_in(8) && !is_body {
            outputs.push((PortIndex(port), list(&labels)));
        }
    }
    // One name and value for each node, so that the order of branches makes no difference.
    let sets = dice.one_in(3);
    let variables = sets.then(|| (node.name.clone(), Json::from_value(&node.name.as_str().into())));
    Input::Succeeded {
        outputs,
        variables: variables.into_iter().collect(),
        response: answer(&mut dice, seed, &step, everybody_answers),
        step,
        cost,
    }
}

/// That of the first step to answer counts. Where one node alone answers, the order of branches makes no difference.
fn answer(dice: &mut Dice, seed: u64, step: &StepId, everybody_answers: bool) -> Option<Arc<Response>> {
    let is_chosen = u64::from(step.node.0) == seed % 4 && step.iteration.is_empty();
    let answers = if everybody_answers {
        dice.one_in(3)
    } else {
        is_chosen
    };
    answers.then(|| response(200 + step.node.0 as u16))
}

pub(crate) fn response(status: u16) -> Arc<Response> {
    Arc::new(Response {
        status,
        headers: Vec::new(),
        body: ResponseBody::Text("answer".into()),
    })
}

fn wait(dice: &mut Dice, is_loop: bool) -> Wait {
    let counts: Vec<u32> = (0..dice.below(4)).map(|_| dice.below(3) as u32).collect();
    let labels: Vec<_> = (0..counts.iter().sum())
        .map(|n: u32| format!("part{n}"))
        .collect();
    let items = list(&labels);
    match dice.below(if is_loop { 12 } else { 3 }) {
        0 => Wait::Time { until_ms: 5 },
        1 => Wait::Signal {
            until_ms: Some(9),
            details: None,
        },
        2 => Wait::Children {
            items,
            counts,
            details: "{}".to_owned(),
            until_ms: None,
        },
        _ => Wait::Rounds {
            items,
            counts,
            concurrency: dice.below(4) as u32,
        },
    }
}

pub(crate) fn resumption(seed: u64, step: StepId, wait: &Wait) -> Input {
    let mut dice = Dice::new(salted(seed, &step));
    let by = match wait {
        Wait::Time { .. } => ResumedBy::Time,
        Wait::Signal { .. } => *dice.pick(&[ResumedBy::Signal, ResumedBy::TimedOut]),
        Wait::Children { .. } => *dice.pick(&[ResumedBy::Children, ResumedBy::TimedOut]),
        Wait::Rounds { .. } => panic!("rounds are the engine's business"),
    };
    let items = list(&vec!["came"; dice.below(3)]);
    Input::Resumed { step, by, items }
}

fn salted(seed: u64, step: &StepId) -> u64 {
    let rounds = step.iteration.iter().fold(0_u64, |sum, round| {
        (sum + u64::from(*round) + 1).wrapping_mul(0x9e37_79b9)
    });
    seed ^ (u64::from(step.node.0) << 32) ^ u64::from(step.attempt) ^ (rounds << 8)
}

pub(crate) fn error(code: &str, retryable: bool) -> StepError {
    let (code, message) = (code.to_owned(), String::new());
    StepError {
        code,
        message,
        retryable,
        retry_after_ms: None,
        details: None,
    }
}
