use monshyflow_sdk::{NodeError, RawJson};
use schemars::JsonSchema;
use serde::Deserialize;

/// The latest time that the host takes, milliseconds since 1970.
const LATEST: f64 = 9e15;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What the run waits for.
    #[schemars(title = "Wait")]
    pub mode: Mode,
    /// How long, in the unit below, from now on.
    #[schemars(title = "Amount", range(min = 0), extend("x-show-if" = { "mode": ["duration"] }))]
    pub amount: f64,
    #[schemars(title = "Unit", extend("x-show-if" = { "mode": ["duration"] }))]
    pub unit: Unit,
    /// ISO 8601 such as `2030-03-01T12:30:00+01:00`, RFC 2822, or milliseconds since 1970. Without an offset it is in the workflow's
    /// time zone.
    #[schemars(title = "Date and time", extend("x-placeholder" = "2030-03-01T12:30", "x-show-if" = { "mode": ["dateTime"] }))]
    pub date_time: RawJson,
    /// The wait ends after a time even if nobody calls.
    #[schemars(title = "Limit the wait", extend("x-show-if" = { "mode": ["resumeUrl"] }))]
    pub limited: bool,
    /// How long, in the unit below, from now on.
    #[schemars(title = "Limit", range(min = 0), extend("x-show-if" = { "mode": ["resumeUrl"], "limited": [true] }))]
    pub limit_amount: f64,
    #[schemars(title = "Unit of the limit", extend("x-show-if" = { "mode": ["resumeUrl"], "limited": [true] }))]
    pub limit_unit: Unit,
    /// What happens if nobody called in time.
    #[schemars(title = "At the limit", extend("x-show-if" = { "mode": ["resumeUrl"], "limited": [true] }))]
    pub on_limit: Limit,
    /// Field of every item that takes what the caller sent. Empty: it is dropped.
    #[schemars(title = "Output field", extend("x-group" = "options", "x-show-if" = { "mode": ["resumeUrl"] }))]
    pub output_field: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// For a time.
    #[default]
    Duration,
    /// Until a date and time.
    DateTime,
    /// Until somebody calls the step's resume URL.
    ResumeUrl,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    Second,
    Minute,
    #[default]
    Hour,
    /// 24 hours.
    Day,
    Week,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Limit {
    /// The items pass on.
    #[default]
    Continue,
    /// An error `timed-out`.
    Fail,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            amount: 1.0,
            unit: Unit::default(),
            date_time: RawJson::default(),
            limited: false,
            limit_amount: 1.0,
            limit_unit: Unit::default(),
            on_limit: Limit::default(),
            output_field: String::new(),
        }
    }
}

impl Unit {
    fn milliseconds(self) -> f64 {
        match self {
            Self::Second => 1e3,
            Self::Minute => 60e3,
            Self::Hour => 3_600e3,
            Self::Day => 86_400e3,
            Self::Week => 604_800e3,
        }
    }

    pub(crate) fn name(self, amount: f64) -> &'static str {
        let names = match self {
            Self::Second => ("second", "seconds"),
            Self::Minute => ("minute", "minutes"),
            Self::Hour => ("hour", "hours"),
            Self::Day => ("day", "days"),
            Self::Week => ("week", "weeks"),
        };
        if amount == 1.0 { names.0 } else { names.1 }
    }
}

/// # Errors
///
/// `invalid-params` at `place` if that is no time to wait for.
pub(crate) fn later(now: f64, amount: f64, unit: Unit, place: &str) -> Result<f64, NodeError> {
    let time = (now + amount * unit.milliseconds()).round();
    if amount >= 0.0 && time <= LATEST {
        return Ok(time);
    }
    let problem = if amount < 0.0 {
        "a time to wait cannot be negative"
    } else {
        "that is too far in the future"
    };
    Err(NodeError::invalid(
        "invalid-params",
        format!("parameter {place}: {amount} {}: {problem}", unit.name(amount)),
    )
    .at(place))
}
