use monshyflow_sdk::RawJson;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::unit::Unit;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// ISO 8601 such as `2024-03-01T12:30:00+01:00`, RFC 2822, or milliseconds since 1970. With `between` the start.
    #[schemars(title = "Date", extend("x-placeholder" = "2024-03-01", "x-show-if" = { "operation": ["add", "subtract", "extract", "format", "round", "between", "convert"] }))]
    pub date: RawJson,
    #[schemars(title = "End date", extend("x-placeholder" = "2024-03-01", "x-show-if" = { "operation": ["between"] }))]
    pub end_date: RawJson,
    /// How many units to go on, or back.
    #[schemars(title = "Amount", extend("x-show-if" = { "operation": ["add", "subtract"] }))]
    pub amount: i64,
    /// What the amount counts, or to which unit is rounded.
    #[schemars(title = "Unit", extend("x-show-if" = { "operation": ["add", "subtract", "round"] }))]
    pub unit: Unit,
    #[schemars(title = "Part", extend("x-show-if" = { "operation": ["extract"] }))]
    pub part: Part,
    #[schemars(title = "Round", extend("x-show-if" = { "operation": ["round"] }))]
    pub rounding: Rounding,
    /// The units in which the time is counted. What is left goes into the next smaller one.
    #[schemars(title = "Units", extend("x-widget" = "list", "x-show-if" = { "operation": ["between"] }))]
    pub units: Vec<Unit>,
    /// A text such as `P1DT2H` instead of an object with a number for each unit.
    #[schemars(title = "As ISO 8601 duration", extend("x-show-if" = { "operation": ["between"] }))]
    pub iso_duration: bool,
    /// Off: the beginning of the day.
    #[schemars(title = "Include time", extend("x-show-if" = { "operation": ["current"] }))]
    pub include_time: bool,
    /// Tokens of Luxon, such as `yyyy-MM-dd HH:mm`. Empty: ISO 8601.
    #[schemars(title = "Format", extend("x-placeholder" = "dd.MM.yyyy HH:mm", "x-show-if" = { "operation": ["current", "add", "subtract", "format", "round", "convert"] }))]
    pub format: String,
    /// Field that takes the result, name or path. Empty: a name such as `newDate`.
    #[schemars(title = "Output field")]
    pub output_field: String,
    /// Off: the result alone leaves.
    #[schemars(title = "Include the item's fields", extend("x-group" = "options"))]
    pub include_input_fields: bool,
    /// IANA name of the time zone of the result, in which days begin. Empty: the workflow's.
    #[schemars(title = "Time zone", extend("x-group" = "options", "x-placeholder" = "Europe/Berlin"))]
    pub time_zone: String,
    /// Tokens of Luxon for reading the date. Empty: ISO 8601, RFC 2822 or milliseconds.
    #[schemars(title = "Input format", extend("x-group" = "options", "x-placeholder" = "dd.MM.yyyy"))]
    pub input_format: String,
    /// Time zone of dates that say none. Empty: the time zone above; with `convert` the workflow's.
    #[schemars(title = "Input time zone", extend("x-group" = "options", "x-placeholder" = "Europe/Berlin"))]
    pub input_time_zone: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// When the run started.
    #[default]
    Current,
    /// A later date.
    Add,
    /// An earlier date.
    Subtract,
    /// A part of a date, as a number.
    Extract,
    /// A date as text.
    Format,
    /// The beginning or end of a day, month, ...
    Round,
    /// The time between two dates.
    Between,
    /// The same moment in another time zone.
    Convert,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    Year,
    Quarter,
    #[default]
    Month,
    /// Of ISO 8601, 1 to 53.
    Week,
    /// The year to which the week belongs.
    WeekYear,
    /// Of the month.
    Day,
    /// 1 to 366.
    DayOfYear,
    /// Monday is 1.
    Weekday,
    Hour,
    Minute,
    Second,
    Millisecond,
    DaysInMonth,
    /// Minutes by which local time is ahead of UTC.
    Offset,
    /// Milliseconds since 1970.
    Timestamp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Rounding {
    /// To the beginning of the unit.
    #[default]
    Down,
    /// To the beginning of the next unit, unless it is a beginning already.
    Up,
    /// To the nearest beginning.
    Nearest,
    /// To the last millisecond of the unit.
    End,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            date: RawJson::default(),
            end_date: RawJson::default(),
            amount: 1,
            unit: Unit::default(),
            part: Part::default(),
            rounding: Rounding::default(),
            units: vec![Unit::Day],
            iso_duration: false,
            include_time: true,
            format: String::new(),
            output_field: String::new(),
            include_input_fields: true,
            time_zone: String::new(),
            input_format: String::new(),
            input_time_zone: String::new(),
        }
    }
}
