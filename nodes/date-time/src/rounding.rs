use jiff::{ToSpan, Zoned};

use crate::params::Rounding;
use crate::unit::Unit;

pub(crate) fn rounded(date: &Zoned, rounding: Rounding, unit: Unit) -> Result<Zoned, jiff::Error> {
    let start = unit.start(date)?;
    if rounding == Rounding::Down {
        return Ok(start);
    }
    let next = start.checked_add(unit.span(1)?)?;
    match rounding {
        Rounding::Up if start == *date => Ok(start),
        Rounding::Nearest if before(&start, date) < before(date, &next) => Ok(start),
        Rounding::End => next.checked_sub(1.millisecond()),
        _ => Ok(next),
    }
}

/// Nanoseconds from one date to a later one.
fn before(start: &Zoned, end: &Zoned) -> i128 {
    end.timestamp().as_nanosecond() - start.timestamp().as_nanosecond()
}
