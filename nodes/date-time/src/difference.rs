use jiff::Zoned;
use monshyflow_sdk::NodeError;
use serde_json::{Map, Value};

use crate::out_of_range;
use crate::params::Params;
use crate::unit::Unit;

/// The time from `start` to `end`, counted in units from the largest down; negative if the end is earlier.
pub(crate) fn difference(start: &Zoned, end: &Zoned, params: &Params) -> Result<Value, NodeError> {
    if params.units.is_empty() {
        let problem = "no unit to count in; name at least one, such as `day`";
        return Err(NodeError::invalid_param("/units", problem));
    }
    let mut units = params.units.clone();
    units.sort_unstable();
    units.dedup();
    let negative = end < start;
    let (earlier, later) = if negative { (end, start) } else { (start, end) };
    let counted = count(earlier, later, &units).map_err(|error| out_of_range(&error, "/endDate"))?;
    let sign = if negative { -1 } else { 1 };
    if params.iso_duration {
        return Ok(iso_duration(&counted, sign).into());
    }
    let mut fields = Map::new();
    for (unit, whole, fraction) in counted {
        let number = if fraction == 0.0 {
            Value::from(sign * whole)
        } else {
            Value::from(sign as f64 * (whole as f64 + fraction))
        };
        fields.insert(unit.plural().to_owned(), number);
    }
    Ok(Value::Object(fields))
}

/// Whole units, and the fraction of the smallest that is left.
fn count(start: &Zoned, end: &Zoned, units: &[Unit]) -> Result<Vec<(Unit, i64, f64)>, jiff::Error> {
    let mut from = start.clone();
    let mut counted = Vec::new();
    for (position, unit) in units.iter().enumerate() {
        let whole = unit.between(&from, end)?;
        let reached = from.checked_add(unit.span(whole)?)?;
        let mut fraction = 0.0;
        if position + 1 == units.len() && reached < *end {
            let next = reached.checked_add(unit.span(1)?)?;
            fraction = nanoseconds(&reached, end) / nanoseconds(&reached, &next);
        }
        counted.push((*unit, whole, fraction));
        from = reached;
    }
    Ok(counted)
}

fn nanoseconds(start: &Zoned, end: &Zoned) -> f64 {
    (end.timestamp().as_nanosecond() - start.timestamp().as_nanosecond()) as f64
}

/// Such as `P1Y2DT3H4.5S`.
fn iso_duration(counted: &[(Unit, i64, f64)], sign: i64) -> String {
    let of = |wanted: Unit| counted.iter().find(|(unit, ..)| *unit == wanted);
    let amount = |unit: Unit| of(unit).map_or(0.0, |(_, whole, fraction)| *whole as f64 + fraction);
    let months = amount(Unit::Month) + 3.0 * amount(Unit::Quarter);
    let seconds = amount(Unit::Second) + amount(Unit::Millisecond) / 1000.0;
    let date = [
        (amount(Unit::Year), 'Y'),
        (months, 'M'),
        (amount(Unit::Week), 'W'),
        (amount(Unit::Day), 'D'),
    ];
    let time = [
        (amount(Unit::Hour), 'H'),
        (amount(Unit::Minute), 'M'),
        (seconds, 'S'),
    ];
    let written = |parts: &[(f64, char)]| -> String {
        let parts = parts.iter().filter(|(amount, _)| *amount != 0.0);
        parts
            .map(|(amount, letter)| format!("{}{letter}", amount * sign as f64))
            .collect()
    };
    match (written(&date), written(&time)) {
        (date, time) if date.is_empty() && time.is_empty() => "PT0S".to_owned(),
        (date, time) if time.is_empty() => format!("P{date}"),
        (date, time) => format!("P{date}T{time}"),
    }
}
