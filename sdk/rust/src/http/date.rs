use httpdate::parse_http_date;

/// A day: whoever asks for more means never, and the host has its own limit.
const LONGEST_MS: u64 = 24 * 60 * 60 * 1000;

/// `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). A date is compared with the response's own
/// `Date`, so that nobody's clock matters.
pub(super) fn retry_after_ms(value: &str, date: Option<&str>) -> Option<u32> {
    let milliseconds = match value.trim().parse::<u64>() {
        Ok(seconds) => seconds.saturating_mul(1000),
        Err(_) => {
            let until = parse_http_date(value).ok()?;
            let from = parse_http_date(date?).ok()?;
            let pause = until.duration_since(from).unwrap_or_default();
            u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
        }
    };
    u32::try_from(milliseconds.min(LONGEST_MS)).ok()
}

#[cfg(test)]
mod tests {
    use super::retry_after_ms;

    #[test]
    fn pauses_are_seconds_or_dates() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after_ms("120", None), Some(120_000));
        assert_eq!(
            retry_after_ms("Sun, 06 Nov 1994 08:49:47 GMT", date),
            Some(10_000)
        );
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:49:27 GMT", date), Some(0));
        assert_eq!(retry_after_ms("Sun, 06 Nov 1994 08:49:47 GMT", None), None);
        assert_eq!(retry_after_ms("99999999999999999999", None), None);
        assert_eq!(retry_after_ms("999999999", None), Some(86_400_000));
        assert_eq!(retry_after_ms("soon", date), None);
    }
}
