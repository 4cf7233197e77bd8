//! Reads, writes, moves, rounds and compares dates.

mod difference;
mod input;
mod luxon;
mod params;
mod part;
mod rounding;
mod unit;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, Path, each};
use serde_json::Value;

use input::Reader;
use params::Operation;
pub use params::Params;

fn run(params: &Params, item: Item, context: &Context) -> Result<NewItem, NodeError> {
    let result = result(params, context)?;
    let name = match params.output_field.as_str() {
        "" => params.operation.output_field(),
        name => name,
    };
    let invalid = |error: String| NodeError::invalid_param("/outputField", error);
    let path = Path::parse(name).map_err(|error| invalid(error.to_string()))?;
    let mut object = if params.include_input_fields {
        item.object()?
    } else {
        Object::default()
    };
    object
        .set(&path, result.to_string())
        .map_err(|error| invalid(error.to_string()))?;
    Ok(item.replaced(object.to_text()))
}

fn result(params: &Params, context: &Context) -> Result<Value, NodeError> {
    let zone = zone(&params.time_zone, &context.time_zone, "/timeZone")?;
    let input_zone = match params.operation {
        Operation::Convert => &context.time_zone,
        _ if params.time_zone.is_empty() => &context.time_zone,
        _ => &params.time_zone,
    };
    let reader = Reader {
        format: &params.input_format,
        input_zone: self::zone(&params.input_time_zone, input_zone, "/inputTimeZone")?,
        zone,
    };
    let date = || reader.read(&params.date, "/date");
    let shown = |date: Zoned| {
        let text = luxon::format(&date, &params.format).map_err(|error| error.at("/format"))?;
        Ok(Value::from(text))
    };
    match params.operation {
        Operation::Current => shown(current(params, context, reader.zone.clone())?),
        Operation::Add => shown(moved(&date()?, params, params.amount)?),
        Operation::Subtract => shown(moved(&date()?, params, params.amount.saturating_neg())?),
        Operation::Extract => Ok(part::of(&date()?, params.part)),
        Operation::Format if params.format.is_empty() => {
            let problem = "say how the date is written, such as `yyyy-MM-dd`";
            Err(NodeError::invalid_param("/format", problem))
        }
        Operation::Format | Operation::Convert => shown(date()?),
        Operation::Round => {
            let rounded = rounding::rounded(&date()?, params.rounding, params.unit);
            shown(rounded.map_err(|error| out_of_range(&error, "/date"))?)
        }
        Operation::Between => {
            let end = reader.read(&params.end_date, "/endDate")?;
            difference::difference(&date()?, &end, params)
        }
    }
}

fn current(params: &Params, context: &Context, zone: TimeZone) -> Result<Zoned, NodeError> {
    let invalid = |error: jiff::Error| {
        NodeError::permanent("invalid-call", format!("the run's time cannot be read: {error}"))
    };
    let now = Timestamp::from_millisecond(context.run_time_ms as i64).map_err(invalid)?;
    let now = now.to_zoned(zone);
    if params.include_time {
        Ok(now)
    } else {
        now.start_of_day().map_err(invalid)
    }
}

fn moved(date: &Zoned, params: &Params, amount: i64) -> Result<Zoned, NodeError> {
    let span = params
        .unit
        .span(amount)
        .map_err(|error| out_of_range(&error, "/amount"))?;
    date.checked_add(span)
        .map_err(|error| out_of_range(&error, "/amount"))
}

fn zone(name: &str, otherwise: &str, place: &str) -> Result<TimeZone, NodeError> {
    let name = if name.is_empty() { otherwise } else { name };
    TimeZone::get(name).map_err(|_| {
        let message = format!(
            "parameter {place}: `{name}` is no time zone; write an IANA name such as `Europe/Berlin`"
        );
        NodeError::invalid("invalid-time-zone", message).at(place)
    })
}

fn out_of_range(error: &jiff::Error, place: &str) -> NodeError {
    let message = format!("parameter {place}: the result lies outside of the years -9999 to 9999: {error}");
    NodeError::invalid("date-out-of-range", message).at(place)
}

impl Operation {
    fn output_field(self) -> &'static str {
        match self {
            Self::Current => "currentDate",
            Self::Add | Self::Subtract => "newDate",
            Self::Extract => "datePart",
            Self::Format => "formattedDate",
            Self::Round => "roundedDate",
            Self::Between => "timeDifference",
            Self::Convert => "convertedDate",
        }
    }
}

each!(run);
