//! Lets the run rest for a time, until a date, or until somebody calls the resume URL.

mod date;
mod params;

use monshyflow_sdk::suspension::{self, Cause};
use monshyflow_sdk::{Context, Inputs, Item, MAIN, NewItem, NodeError, Output, all, clock, log, progress};

use params::{Limit, Mode};
pub use params::{Params, Unit};

fn run(params: &Params, inputs: Inputs, context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    match suspension::resumed().map(|resumption| resumption.by) {
        None => wait(params, items, context),
        Some(Cause::Signal) => with_sent(params, items, inputs.items("result")),
        Some(Cause::TimedOut) if params.on_limit == Limit::Fail => Err(timed_out(params)),
        Some(_) => Ok(passed(items)),
    }
}

fn wait(params: &Params, items: &[Item], context: &Context) -> Result<Output, NodeError> {
    let now = clock::now_ms();
    let time = match params.mode {
        Mode::Duration => params::later(now, params.amount, params.unit, "/amount")?,
        Mode::DateTime => date::milliseconds(&params.date_time, &context.time_zone)?,
        Mode::ResumeUrl => {
            wait_for_call(params, items, now)?;
            return Ok(Output::none());
        }
    };
    if time <= now {
        return Ok(passed(items));
    }
    suspension::until(time, "");
    Ok(Output::none())
}

fn wait_for_call(params: &Params, items: &[Item], now: f64) -> Result<(), NodeError> {
    if !params.output_field.is_empty() {
        // Better now than when somebody has called.
        items.iter().try_for_each(|item| item.object().map(drop))?;
    }
    let until = match params.limited {
        true => Some(params::later(
            now,
            params.limit_amount,
            params.limit_unit,
            "/limitAmount",
        )?),
        false => None,
    };
    let message = format!("waits until somebody calls {}", suspension::resume_url());
    log::info!("{message}");
    progress::report(None, &message);
    suspension::signal(until, None, "");
    Ok(())
}

/// The items, with what the caller sent if the parameters say where to put it.
fn with_sent(params: &Params, items: &[Item], sent: &[Item]) -> Result<Output, NodeError> {
    if params.output_field.is_empty() {
        return Ok(passed(items));
    }
    let sent = sent.first().map_or("null", Item::text);
    let items = items.iter().map(|item| {
        let mut object = item.object()?;
        object.set_field(&params.output_field, sent);
        Ok(item.replaced(object.to_text()))
    });
    let items: Vec<NewItem> = items.collect::<Result<_, NodeError>>()?;
    Ok(passed(items))
}

fn passed(items: impl IntoIterator<Item = impl Into<NewItem>>) -> Output {
    Output::many(items).delivered_at(MAIN)
}

fn timed_out(params: &Params) -> NodeError {
    let message = format!(
        "nobody called the resume URL within {} {}",
        params.limit_amount,
        params.limit_unit.name(params.limit_amount)
    );
    NodeError::permanent("timed-out", message)
}

all!(run);

#[cfg(test)]
mod tests {
    use super::*;
    use monshyflow_sdk::testing::call_node;
    use serde_json::json;

    #[test]
    fn people_find_the_url_in_the_history() {
        let report = call_node(call, &json!({ "mode": "resumeUrl" }), &[json!({})]);
        let (_, line) = &report.log[0];
        assert!(
            line.contains("https://monshyflow.example/api/resume/step-1"),
            "{line}"
        );
    }
}
