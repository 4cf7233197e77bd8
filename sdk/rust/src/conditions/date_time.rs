/// Milliseconds since 1970-01-01T00:00:00Z of a date (and time), in ISO 8601 as RFC 3339 has it, with a space for the `T`, seconds
/// and offset left out if need be, or in RFC 2822. Without an offset it is UTC, because a node knows no time zones.
pub(super) fn parse(text: &str) -> Option<i128> {
    iso_8601(text).or_else(|| rfc_2822(text))
}

/// Such as `Tue, 5 Mar 2024 12:30:15 +0100`; the weekday may be missing, and is not looked at.
fn rfc_2822(text: &str) -> Option<i128> {
    let date = text.split_once(',').map_or(text, |(_, date)| date);
    let mut parts = date.split_whitespace();
    let (day, month) = (parts.next()?, parts.next()?);
    let (year, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(name))? + 1;
    let zone = match zone {
        "GMT" | "UT" | "UTC" => "Z",
        other if other.starts_with(['+', '-', 'Z']) => other,
        _ => return None,
    };
    let iso = format!("{year}-{month:02}-{day:0>2}T{time}{zone}");
    parts.next().is_none().then(|| iso_8601(&iso))?
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn iso_8601(text: &str) -> Option<i128> {
    let date = text.get(..10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        digits(parts.next()?, 4)?,
        digits(parts.next()?, 2)?,
        digits(parts.next()?, 2)?,
    );
    let valid =
        parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    let days = valid.then(|| days_since_1970(year, month, day))?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(i128::from(days) * DAY_MS);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let offset_start = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(offset_start);
    Some(i128::from(days) * DAY_MS + i128::from(time_ms(time.trim_end())? - offset_ms(offset)?))
}

const DAY_MS: i128 = 86_400_000;

/// `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff..`.
fn time_ms(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (seconds, fraction) = parts.next().map_or(("00", ""), |text| {
        text.split_once(['.', ',']).unwrap_or((text, ""))
    });
    let seconds = digits(seconds, 2)?;
    let valid = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    let milliseconds: String = fraction.chars().chain("000".chars()).take(3).collect();
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    (valid && is_number)
        .then(|| Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + digits(&milliseconds, 3)?))?
}

/// Empty, `Z`, `+hh`, `+hhmm`, `+hh:mm`.
fn offset_ms(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first() {
        None => return Some(0),
        Some(b'Z' | b'z') => return (text.len() == 1).then_some(0),
        Some(b'-') => (-1, &text[1..]),
        Some(_) => (1, &text[1..]),
    };
    let rest = rest.replacen(':', "", 1);
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = if minutes.is_empty() {
        0
    } else {
        digits(minutes, 2)?
    };
    Some(sign * (digits(hours, 2)? * 60 + minutes) * 60_000)
}

/// Exactly `length` ASCII digits.
fn digits(text: &str, length: usize) -> Option<i64> {
    let valid = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok())?
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar, counted in years that start in March, so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let before_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    before_year + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_are_milliseconds() {
        let check = |text: &str, expected: i128| assert_eq!(parse(text), Some(expected), "{text}");
        check("1970-01-01", 0);
        check("2000-02-29", 951_782_400_000);
        check("1969-12-31T23:59:59.999Z", -1);
        check("2024-03-01T12:30", 1_709_296_200_000);
        check("2024-03-01 12:30:15.5+02:00", 1_709_289_015_500);
        check("2024-03-01T12:30:15-0530", 1_709_316_015_000);
        check("2024-03-01T12:30:15.123456789z", 1_709_296_215_123);
        check("0000-01-01", -62_167_219_200_000);
        check("Fri, 1 Mar 2024 12:30:15 +0100", 1_709_292_615_000);
        check("01 mar 2024 11:30 GMT", 1_709_292_600_000);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "2024-1-1",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T1:00",
            "2024-01-01T10:00Zx",
            "2024-01-01T10:00+1",
            "2024-01-01x",
            "20240101",
            "Fri, 32 Mar 2024 12:30:15 GMT",
            "1 Mar 2024 12:30:15 CEST",
            "1 Mar 2024",
            "1 März 2024 12:30:15 GMT",
            "1 Mar 2024 12:30:15 GMT x",
            "ääääääää",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
