//! Asks a person and goes on as they decide.

mod answer;
mod params;

use jiff::Timestamp;
use monshyflow_sdk::suspension::{self, Cause};
use monshyflow_sdk::{Context, Inputs, Item, MAIN, NewItem, NodeError, Output, all, clock, log, progress};
use serde::Serialize;
use serde_json::{Map, Value};

use answer::Answer;
use params::AtLimit;
pub use params::Params;

/// Field of every item that says how the person decided.
const FIELD: &str = "approval";
const TIMED_OUT: &str = "timed-out";

/// What the items get.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Approval<'a> {
    choice: Option<&'a str>,
    fields: Map<String, Value>,
    at: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    timed_out: bool,
}

fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    let Some(resumption) = suspension::resumed() else {
        return ask(params, items);
    };
    if resumption.by == Cause::TimedOut {
        return nobody_answered(params, items);
    }
    let sent = inputs.items("result").first();
    match Answer::read(params, sent) {
        Ok(Answer { choice, fields }) => {
            let port = choice.port.name();
            with_approval(items, port, &choice.name, fields, false)
        }
        // A stray request must not decide anything, nor end the run.
        Err(problem) => {
            log::warn!("waits on, since the resume URL was called with no answer: {problem}");
            let until = resumption.state.parse().ok();
            suspension::signal(until, Some(&params.form()), &resumption.state);
            Ok(Output::none())
        }
    }
}

fn ask(params: &Params, items: &[Item]) -> Result<Output, NodeError> {
    params.check()?;
    // Better now than when somebody has decided.
    items.iter().try_for_each(|item| item.object().map(drop))?;
    let until = params.until(clock::now_ms())?;
    let message = format!("waits for an answer at {}", suspension::resume_url());
    log::info!("{message}");
    progress::report(None, &message);
    let state = until.map(|time| time.to_string()).unwrap_or_default();
    suspension::signal(until, Some(&params.form()), &state);
    Ok(Output::none())
}

fn nobody_answered(params: &Params, items: &[Item]) -> Result<Output, NodeError> {
    match params.on_limit {
        AtLimit::Port => with_approval(items, TIMED_OUT, None, Map::new(), true),
        AtLimit::Choice => {
            let choice = params.default_choice()?;
            with_approval(items, choice.port.name(), &choice.name, Map::new(), true)
        }
        AtLimit::Fail => {
            let message = format!("nobody answered `{}` in time", params.title);
            Err(NodeError::permanent(TIMED_OUT, message))
        }
    }
}

fn with_approval<'a>(
    items: &[Item],
    port: &'static str,
    choice: impl Into<Option<&'a String>>,
    fields: Map<String, Value>,
    timed_out: bool,
) -> Result<Output, NodeError> {
    let now = Timestamp::from_millisecond(clock::now_ms() as i64).unwrap_or_default();
    let approval = Approval {
        choice: choice.into().map(String::as_str),
        fields,
        at: now.to_string(),
        timed_out,
    };
    let items = items.iter().map(|item| {
        let mut object = item.object()?;
        object.set_value(FIELD, &approval)?;
        Ok(item.replaced(object.to_text()))
    });
    let items: Vec<NewItem> = items.collect::<Result<_, NodeError>>()?;
    Ok(Output::many(items).to(port).delivered_at(port))
}

all!(run);

#[cfg(test)]
mod tests {
    use super::*;
    use monshyflow_sdk::testing::call_node;
    use serde_json::json;

    #[test]
    fn people_find_the_url_in_the_history() {
        let report = call_node(call, &json!({}), &[json!({})]);
        let (_, line) = &report.log[0];
        assert!(
            line.contains("https://monshyflow.example/api/resume/step-1"),
            "{line}"
        );
    }
}
