use jiff::Zoned;
use monshyflow_sdk::NodeError;

use super::names::{MONTHS, SHORT, WEEKDAYS};
use super::tokens::{Token, spelled_out, tokens};

/// `date` as `format` says; ISO 8601 if that is empty.
///
/// # Errors
///
/// `invalid-format` if a token is unknown.
pub(crate) fn format(date: &Zoned, format: &str) -> Result<String, NodeError> {
    if format.is_empty() {
        let offset = if is_utc(date) { "'Z'" } else { "ZZ" };
        return self::format(date, &format!("yyyy-MM-dd'T'HH:mm:ss.SSS{offset}"));
    }
    let mut text = String::new();
    for token in tokens(format) {
        match token {
            Token::Literal(literal) => text.push_str(literal),
            Token::Letters(letters) => match spelled_out(letters) {
                Some(several) => text.push_str(&self::format(date, several)?),
                None => text.push_str(&one(date, letters).ok_or_else(|| unknown(letters))?),
            },
        }
    }
    Ok(text)
}

pub(super) fn unknown(letters: &str) -> NodeError {
    let hint = match letters {
        "YYYY" => "write `yyyy` for the year".to_owned(),
        "YY" => "write `yy` for the year".to_owned(),
        "DDDDD" | "Do" => "write `d` for the day".to_owned(),
        "A" => "write `a` for AM and PM".to_owned(),
        _ => format!("put text into quotes, such as `'{letters}'`"),
    };
    let message = format!("`{letters}` is no token of a date format; {hint}");
    NodeError::invalid("invalid-format", message)
}

fn one(date: &Zoned, letters: &str) -> Option<String> {
    by_calendar(date, letters).or_else(|| by_clock(date, letters))
}

fn by_calendar(date: &Zoned, letters: &str) -> Option<String> {
    let month = MONTHS[(date.month() - 1) as usize];
    let weekday = WEEKDAYS[date.weekday().to_monday_zero_offset() as usize];
    let week = date.date().iso_week_date();
    let quarter = (date.month() - 1) / 3 + 1;
    let year = i64::from(date.year());
    Some(match letters {
        "y" => year.to_string(),
        "yy" => padded(year.rem_euclid(100), 2),
        "yyyy" => padded(year, 4),
        "yyyyyy" => padded(year, 6),
        "M" | "L" => date.month().to_string(),
        "MM" | "LL" => padded(date.month().into(), 2),
        "MMM" | "LLL" => month[..SHORT].to_owned(),
        "MMMM" | "LLLL" => month.to_owned(),
        "MMMMM" | "LLLLL" => month[..1].to_owned(),
        "d" => date.day().to_string(),
        "dd" => padded(date.day().into(), 2),
        "E" | "c" => date.weekday().to_monday_one_offset().to_string(),
        "EEE" | "ccc" => weekday[..SHORT].to_owned(),
        "EEEE" | "cccc" => weekday.to_owned(),
        "EEEEE" | "ccccc" => weekday[..1].to_owned(),
        "G" => if year > 0 { "AD" } else { "BC" }.to_owned(),
        "kk" => padded(i64::from(week.year()).rem_euclid(100), 2),
        "kkkk" => padded(week.year().into(), 4),
        "W" => week.week().to_string(),
        "WW" => padded(week.week().into(), 2),
        "o" => date.day_of_year().to_string(),
        "ooo" => padded(date.day_of_year().into(), 3),
        "q" => quarter.to_string(),
        "qq" => padded(quarter.into(), 2),
        _ => return None,
    })
}

fn by_clock(date: &Zoned, letters: &str) -> Option<String> {
    let half = if date.hour() < 12 { "AM" } else { "PM" };
    let twelve = i64::from((date.hour() + 11) % 12 + 1);
    let milliseconds = i64::from(date.subsec_nanosecond() / 1_000_000);
    Some(match letters {
        "H" => date.hour().to_string(),
        "HH" => padded(date.hour().into(), 2),
        "h" => twelve.to_string(),
        "hh" => padded(twelve, 2),
        "m" => date.minute().to_string(),
        "mm" => padded(date.minute().into(), 2),
        "s" => date.second().to_string(),
        "ss" => padded(date.second().into(), 2),
        "S" => milliseconds.to_string(),
        "SSS" | "u" => padded(milliseconds, 3),
        "uu" => padded(milliseconds / 10, 2),
        "uuu" => (milliseconds / 100).to_string(),
        "a" => half.to_owned(),
        "Z" => offset(date, "", false),
        "ZZ" => offset(date, ":", true),
        "ZZZ" => offset(date, "", true),
        "ZZZZ" => {
            let zone = date.time_zone();
            zone.to_offset_info(date.timestamp()).abbreviation().to_owned()
        }
        "z" => date.time_zone().iana_name().unwrap_or("UTC").to_owned(),
        "X" => date.timestamp().as_millisecond().div_euclid(1000).to_string(),
        "x" => date.timestamp().as_millisecond().to_string(),
        _ => return None,
    })
}

fn offset(date: &Zoned, separator: &str, padded: bool) -> String {
    let minutes = date.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    match (padded, minutes) {
        (true, _) => format!("{sign}{hours:02}{separator}{minutes:02}"),
        (false, 0) => format!("{sign}{hours}"),
        (false, _) => format!("{sign}{hours}:{minutes:02}"),
    }
}

fn padded(number: i64, width: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{:0>width$}", number.unsigned_abs())
}

fn is_utc(date: &Zoned) -> bool {
    matches!(date.time_zone().iana_name(), None | Some("UTC" | "Etc/UTC")) && date.offset().is_zero()
}
