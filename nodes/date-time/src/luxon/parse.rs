use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use monshyflow_sdk::NodeError;

use super::format::unknown;
use super::in_zone;
use super::names::{MONTHS, SHORT, WEEKDAYS};
use super::tokens::{Token, spelled_out, tokens};

/// Reads `text` as `format` says; none if it is otherwise. `zone` is that of texts that say none.
///
/// # Errors
///
/// `invalid-format` if a token cannot be read.
pub(crate) fn parse(text: &str, format: &str, zone: &TimeZone) -> Result<Option<Timestamp>, NodeError> {
    let mut fields = Fields::default();
    Ok(match fields.read_all(text, format)? {
        Some("") => fields.timestamp(zone),
        _ => None,
    })
}

#[derive(Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    /// Of twelve.
    half_hour: Option<i64>,
    is_afternoon: Option<bool>,
    minute: Option<i64>,
    second: Option<i64>,
    millisecond: Option<i64>,
    /// Seconds ahead of UTC.
    offset: Option<i64>,
    zone: Option<TimeZone>,
    since_1970: Option<Timestamp>,
}

impl Fields {
    /// What is left of `text`.
    fn read_all<'a>(&mut self, text: &'a str, format: &str) -> Result<Option<&'a str>, NodeError> {
        let mut rest = text;
        for token in tokens(format) {
            let read = match token {
                Token::Literal(literal) => rest.strip_prefix(literal),
                Token::Letters(letters) => match spelled_out(letters) {
                    Some(several) => self.read_all(rest, several)?,
                    None => self.read(rest, letters)?,
                },
            };
            match read {
                Some(behind) => rest = behind,
                None => return Ok(None),
            }
        }
        Ok(Some(rest))
    }

    fn read<'a>(&mut self, text: &'a str, letters: &str) -> Result<Option<&'a str>, NodeError> {
        // Least and most digits.
        let (field, least, most) = match letters {
            "y" => (&mut self.year, 1, 6),
            "yyyy" => (&mut self.year, 4, 4),
            "yyyyyy" => (&mut self.year, 6, 6),
            "M" | "L" => (&mut self.month, 1, 2),
            "MM" | "LL" => (&mut self.month, 2, 2),
            "d" => (&mut self.day, 1, 2),
            "dd" => (&mut self.day, 2, 2),
            "o" => (&mut self.day_of_year, 1, 3),
            "ooo" => (&mut self.day_of_year, 3, 3),
            "H" => (&mut self.hour, 1, 2),
            "HH" => (&mut self.hour, 2, 2),
            "h" => (&mut self.half_hour, 1, 2),
            "hh" => (&mut self.half_hour, 2, 2),
            "m" => (&mut self.minute, 1, 2),
            "mm" => (&mut self.minute, 2, 2),
            "s" => (&mut self.second, 1, 2),
            "ss" => (&mut self.second, 2, 2),
            "S" => (&mut self.millisecond, 1, 3),
            "SSS" => (&mut self.millisecond, 3, 3),
            _ => return self.read_other(text, letters),
        };
        let read = number(text, least, most);
        *field = read.map(|(number, _)| number);
        Ok(read.map(|(_, rest)| rest))
    }

    fn read_other<'a>(&mut self, text: &'a str, letters: &str) -> Result<Option<&'a str>, NodeError> {
        Ok(match letters {
            "yy" => number(text, 2, 2).map(|(year, rest)| {
                // As Luxon does: up to 60 is this century.
                self.year = Some(if year > 60 { 1900 + year } else { 2000 + year });
                rest
            }),
            "MMM" | "LLL" | "MMMM" | "LLLL" => {
                let length = (letters.len() == 3).then_some(SHORT);
                name(text, &MONTHS, length).map(|(month, rest)| {
                    self.month = Some(month);
                    rest
                })
            }
            // The date itself says which day of the week it is.
            "EEE" | "ccc" => name(text, &WEEKDAYS, Some(SHORT)).map(|(_, rest)| rest),
            "EEEE" | "cccc" => name(text, &WEEKDAYS, None).map(|(_, rest)| rest),
            "E" | "c" => number(text, 1, 1).map(|(_, rest)| rest),
            "a" => {
                let half = text.get(..2).map(str::to_ascii_lowercase);
                self.is_afternoon = match half.as_deref() {
                    Some("am") => Some(false),
                    Some("pm") => Some(true),
                    _ => return Ok(None),
                };
                text.get(2..)
            }
            "u" => {
                let digits = text.bytes().take_while(u8::is_ascii_digit).count();
                let three: String = text[..digits].chars().chain("00".chars()).take(3).collect();
                self.millisecond = three.parse().ok().filter(|_| digits > 0);
                self.millisecond.map(|_| &text[digits..])
            }
            "Z" | "ZZ" | "ZZZ" => offset(text).map(|(offset, rest)| {
                self.offset = Some(offset);
                rest
            }),
            "z" => {
                let is_name = |letter: char| letter.is_ascii_alphanumeric() || "/_+-".contains(letter);
                let end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
                self.zone = TimeZone::get(&text[..end]).ok();
                self.zone.as_ref().map(|_| &text[end..])
            }
            "X" | "x" => number(text, 1, 15).and_then(|(number, rest)| {
                let milliseconds = if letters == "X" {
                    number.checked_mul(1000)?
                } else {
                    number
                };
                self.since_1970 = Some(Timestamp::from_millisecond(milliseconds).ok()?);
                Some(rest)
            }),
            _ => return Err(unknown(letters).at("/inputFormat")),
        })
    }

    fn timestamp(&self, zone: &TimeZone) -> Option<Timestamp> {
        if self.since_1970.is_some() {
            return self.since_1970;
        }
        let civil = DateTime::from_parts(self.date()?, self.time()?);
        match (self.offset, &self.zone) {
            (Some(offset), _) => in_zone(civil, &TimeZone::UTC)?.checked_sub(offset.seconds()).ok(),
            (None, Some(zone)) => in_zone(civil, zone),
            (None, None) => in_zone(civil, zone),
        }
    }

    fn date(&self) -> Option<Date> {
        let year = self.year?.try_into().ok()?;
        let short = |number: Option<i64>| i8::try_from(number.unwrap_or(1)).ok();
        match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1).ok()?;
                let date = first.checked_add((day - 1).days()).ok()?;
                (date.year() == year && day > 0).then_some(date)
            }
            None => Date::new(year, short(self.month)?, short(self.day)?).ok(),
        }
    }

    fn time(&self) -> Option<Time> {
        let hour = match (self.hour, self.half_hour) {
            (Some(hour), _) => hour,
            (None, Some(hour)) if (1..=12).contains(&hour) => {
                hour % 12 + if self.is_afternoon == Some(true) { 12 } else { 0 }
            }
            (None, Some(_)) => return None,
            (None, None) => 0,
        };
        let short = |number: i64| i8::try_from(number).ok();
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let nanoseconds = self.millisecond.unwrap_or(0) as i32 * 1_000_000;
        Time::new(short(hour)?, short(minute)?, short(second)?, nanoseconds).ok()
    }
}

/// A number of so many digits, and what is behind it.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    (digits >= least).then(|| Some((number.parse().ok()?, rest)))?
}

/// The position of a name from 1 on, in whatever case; `length` for short names.
fn name<'a>(text: &'a str, names: &[&str], length: Option<usize>) -> Option<(i64, &'a str)> {
    (1..).zip(names).find_map(|(position, name)| {
        let name = length.map_or(*name, |length| &name[..length]);
        let found = text.get(..name.len())?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| (position, &text[name.len()..]))
    })
}

/// `Z`, `+5`, `+05:30` or `+0530`, in seconds.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(text.strip_prefix(['+', '-'])?, 1, 2)?;
    let minutes = number(rest.strip_prefix(':').unwrap_or(rest), 2, 2);
    let (minutes, rest) = minutes.unwrap_or((0, rest));
    (hours < 24 && minutes < 60).then_some((sign * (hours * 60 + minutes) * 60, rest))
}
