use jiff::{Span, ToSpan, Zoned};
use schemars::JsonSchema;
use serde::Deserialize;

/// From the largest to the smallest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    #[default]
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Unit {
    /// # Errors
    ///
    /// If there are more than any calendar has.
    pub(crate) fn span(self, amount: i64) -> Result<Span, jiff::Error> {
        match self {
            Self::Year => Span::new().try_years(amount),
            Self::Quarter => Span::new().try_months(amount.saturating_mul(3)),
            Self::Month => Span::new().try_months(amount),
            Self::Week => Span::new().try_weeks(amount),
            Self::Day => Span::new().try_days(amount),
            Self::Hour => Span::new().try_hours(amount),
            Self::Minute => Span::new().try_minutes(amount),
            Self::Second => Span::new().try_seconds(amount),
            Self::Millisecond => Span::new().try_milliseconds(amount),
        }
    }

    /// How many whole units lie between two dates, of which the second is not earlier.
    pub(crate) fn between(self, start: &Zoned, end: &Zoned) -> Result<i64, jiff::Error> {
        let count = |unit: jiff::Unit| start.until((unit, end));
        Ok(match self {
            Self::Year => i64::from(count(jiff::Unit::Year)?.get_years()),
            Self::Quarter => i64::from(count(jiff::Unit::Month)?.get_months() / 3),
            Self::Month => i64::from(count(jiff::Unit::Month)?.get_months()),
            Self::Week => i64::from(count(jiff::Unit::Week)?.get_weeks()),
            Self::Day => i64::from(count(jiff::Unit::Day)?.get_days()),
            Self::Hour => i64::from(count(jiff::Unit::Hour)?.get_hours()),
            Self::Minute => count(jiff::Unit::Minute)?.get_minutes(),
            Self::Second => count(jiff::Unit::Second)?.get_seconds(),
            Self::Millisecond => count(jiff::Unit::Millisecond)?.get_milliseconds(),
        })
    }

    /// The beginning of the unit in which `date` lies. Weeks begin on Monday.
    pub(crate) fn start(self, date: &Zoned) -> Result<Zoned, jiff::Error> {
        let day = date.date();
        let day = match self {
            Self::Year => day.first_of_year(),
            Self::Quarter => {
                let first = day.first_of_month();
                first.checked_sub(i32::from((day.month() - 1) % 3).months())?
            }
            Self::Month => day.first_of_month(),
            Self::Week => day.checked_sub(i32::from(day.weekday().to_monday_zero_offset()).days())?,
            Self::Day => day,
            // Within an hour elapsed time counts: local time may show the same hour twice.
            _ => {
                let second = i64::from(date.subsec_nanosecond()).nanoseconds();
                let minute = second.try_seconds(i64::from(date.second()))?;
                let hour = minute.try_minutes(i64::from(date.minute()))?;
                let since = match self {
                    Self::Hour => hour,
                    Self::Minute => minute,
                    Self::Second => second,
                    _ => i64::from(date.subsec_nanosecond() % 1_000_000).nanoseconds(),
                };
                return date.checked_sub(since);
            }
        };
        day.to_zoned(date.time_zone().clone())
    }

    /// As results of `between` are called.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::Quarter => "quarters",
            Self::Month => "months",
            Self::Week => "weeks",
            Self::Day => "days",
            Self::Hour => "hours",
            Self::Minute => "minutes",
            Self::Second => "seconds",
            Self::Millisecond => "milliseconds",
        }
    }
}
