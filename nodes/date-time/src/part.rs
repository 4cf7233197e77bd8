use jiff::Zoned;
use serde_json::Value;

use crate::params::Part;

pub(crate) fn of(date: &Zoned, part: Part) -> Value {
    let week = date.date().iso_week_date();
    match part {
        Part::Year => date.year().into(),
        Part::Quarter => ((date.month() - 1) / 3 + 1).into(),
        Part::Month => date.month().into(),
        Part::Week => week.week().into(),
        Part::WeekYear => week.year().into(),
        Part::Day => date.day().into(),
        Part::DayOfYear => date.day_of_year().into(),
        Part::Weekday => date.weekday().to_monday_one_offset().into(),
        Part::Hour => date.hour().into(),
        Part::Minute => date.minute().into(),
        Part::Second => date.second().into(),
        Part::Millisecond => date.millisecond().into(),
        Part::DaysInMonth => date.days_in_month().into(),
        Part::Offset => (date.offset().seconds() / 60).into(),
        Part::Timestamp => date.timestamp().as_millisecond().into(),
    }
}
