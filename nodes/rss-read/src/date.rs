use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// A date of a feed in ISO 8601 and UTC: RFC 2822 in RSS, RFC 3339 in Atom and JSON Feed, and what is nearly that.
pub(crate) fn iso(text: &str) -> Option<String> {
    let text = text.trim();
    let date = rfc_2822(text).or_else(|| rfc_3339(text))?;
    Some(date.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn rfc_2822(text: &str) -> Option<DateTime<Utc>> {
    // A day of the week that is wrong or in another language does not change the date.
    let date = text.split_once(',').map_or(text, |(_, date)| date).trim();
    let date = date.replace("UTC", "GMT").replace(" Z", " GMT");
    DateTime::parse_from_rfc2822(&date).ok().map(|date| date.to_utc())
}

fn rfc_3339(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = [
        "%+",
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%dT%H:%M%:z",
        "%Y-%m-%d %H:%M:%S%.f %z",
    ];
    let without = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
    ];
    let mut dates = with_offset
        .iter()
        .filter_map(|format| DateTime::parse_from_str(text, format).ok());
    if let Some(date) = dates.next() {
        return Some(date.to_utc());
    }
    let mut dates = without
        .iter()
        .filter_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    dates.next().or_else(day).map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn dates_are_read_as_feeds_write_them() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(iso(text).as_deref(), expected, "{text}");
        check(
            "Mon, 06 Sep 2021 00:01:02 +0200",
            Some("2021-09-05T22:01:02.000Z"),
        );
        check("Fri, 6 Sep 21 00:01 GMT", Some("2021-09-06T00:01:00.000Z"));
        check("6 Sep 2021 00:01:00 EST", Some("2021-09-06T05:01:00.000Z"));
        check(" Mo, 06 Sep 2021 00:01:00 UTC", Some("2021-09-06T00:01:00.000Z"));
        check("2021-09-06T00:01:02.5Z", Some("2021-09-06T00:01:02.500Z"));
        check("2021-09-06T00:01:02+0200", Some("2021-09-05T22:01:02.000Z"));
        check("2021-09-06 00:01:02", Some("2021-09-06T00:01:02.000Z"));
        check("2021-09-06", Some("2021-09-06T00:00:00.000Z"));
        check("yesterday", None);
        check("99999-99-99", None);
        check("", None);
    }
}
