use monshyflow_capabilities::suspension::{Cause, Resumed, Suspension, Until};
use serde::Deserialize;
use serde_json::Value;

/// Why the call of a case is not the first of its step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResumption {
    by: CaseCause,
    #[serde(default)]
    state: State,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CaseCause {
    Rounds,
    Time,
    Signal,
    TimedOut,
    Children,
}

/// A text, or JSON that stands for its text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
struct State(Value);

/// What the call must ask for. One of the four.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSuspension {
    #[serde(default)]
    rounds: Option<ExpectedRounds>,
    /// Milliseconds since 1970.
    #[serde(default)]
    until: Option<f64>,
    #[serde(default)]
    signal: Option<ExpectedSignal>,
    #[serde(default)]
    children: Option<ExpectedChildren>,
    #[serde(default)]
    state: Option<State>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRounds {
    counts: Vec<u32>,
    concurrency: u32,
}

/// What is not named must not be there.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExpectedSignal {
    #[serde(default)]
    until_ms: Option<f64>,
    #[serde(default)]
    form: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedChildren {
    workflow: String,
    counts: Vec<u32>,
    wait: bool,
}

impl State {
    fn text(&self) -> String {
        match &self.0 {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            json => json.to_string(),
        }
    }

    fn is(&self, found: &str) -> bool {
        match &self.0 {
            Value::String(text) => text == found,
            json => serde_json::from_str::<Value>(found).ok().as_ref() == Some(json),
        }
    }
}

impl CaseResumption {
    pub(crate) fn resumed(&self) -> Resumed {
        Resumed {
            by: match self.by {
                CaseCause::Rounds => Cause::Rounds,
                CaseCause::Time => Cause::Time,
                CaseCause::Signal => Cause::Signal,
                CaseCause::TimedOut => Cause::TimedOut,
                CaseCause::Children => Cause::Children,
            },
            state: self.state.text(),
        }
    }
}

/// What the call asked for otherwise than expected, in words.
pub(crate) fn difference(
    expected: Option<&ExpectedSuspension>,
    found: Option<&Suspension>,
) -> Option<String> {
    match (expected, found) {
        (None, None) => None,
        (None, Some(found)) => Some(format!(
            "no suspension was expected, but the call asked for {found:?}"
        )),
        (Some(expected), None) => Some(format!(
            "expected {expected:?}, but the call asked for no suspension"
        )),
        (Some(expected), Some(found)) => {
            let same_state = expected.state.as_ref().is_none_or(|state| state.is(&found.state));
            let same = same_state && expected.is_for(&found.until);
            (!same).then(|| format!("expected {expected:?}, found {found:?}"))
        }
    }
}

impl ExpectedSuspension {
    fn is_for(&self, found: &Until) -> bool {
        match (found, &self.rounds, &self.until, &self.signal, &self.children) {
            (Until::Rounds { counts, concurrency }, Some(rounds), None, None, None) => {
                rounds.counts == *counts && rounds.concurrency == *concurrency
            }
            (Until::Time(time), None, Some(until), None, None) => time == until,
            (Until::Signal { until_ms, form }, None, None, Some(signal), None) => {
                let form = form.as_ref().map(|form| serde_json::from_str::<Value>(form));
                let form = form.transpose();
                signal.until_ms == *until_ms && form.is_ok_and(|form| form == signal.form)
            }
            (
                Until::Children {
                    workflow,
                    counts,
                    wait,
                },
                None,
                None,
                None,
                Some(children),
            ) => children.workflow == *workflow && children.counts == *counts && children.wait == *wait,
            _ => false,
        }
    }
}
