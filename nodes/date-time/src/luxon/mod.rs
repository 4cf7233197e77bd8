//! Dates written and read by the tokens of Luxon, in English, as users of n8n write them.

mod format;
mod names;
mod parse;
mod tokens;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub(crate) use format::format;
pub(crate) use parse::parse;

/// A time that the clocks skip counts on from before the gap, of one that they show twice the first is meant.
pub(crate) fn in_zone(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(civil).compatible().ok()?;
    Some(zoned.timestamp())
}
