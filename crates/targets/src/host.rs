use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The host of a URL in its only spelling: a DNS name in lower case without the final dot, or an IP address.
///
/// IPv4 has one spelling, four decimal numbers. The spellings that C libraries also take (`127.1`, `0x7f.0.0.1`,
/// `017700000001`, `2130706433`) are refused, by the rule of the URL standard (url.spec.whatwg.org, "ends in a number"):
/// a name whose last label is a number is an IPv4 address, and here it must be a canonical one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    #[error("a host is missing")]
    Missing,
    #[error("the host is longer than 253 characters or a label of it longer than 63")]
    TooLong,
    #[error(
        "the host has an empty label or a character other than a-z, 0-9, `-`, `_` (write other alphabets as `xn--`)"
    )]
    Characters,
    #[error("the host is a number: write an IPv4 address as four decimal numbers")]
    Number,
    #[error("the host is not an IPv6 address in brackets")]
    Ipv6,
}

impl Host {
    /// The address, if the host is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }
}

impl FromStr for Host {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(InvalidHost::Ipv6)?;
            return inner.parse().map(Self::V6).map_err(|_| InvalidHost::Ipv6);
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.is_empty() {
            return Err(InvalidHost::Missing);
        }
        if name.len() > 253 {
            return Err(InvalidHost::TooLong);
        }
        let mut last = "";
        for label in name.split('.') {
            check_label(label)?;
            last = label;
        }
        if !is_number(last) {
            return Ok(Self::Name(name.to_ascii_lowercase()));
        }
        // The final dot goes only with names.
        text.parse().map(Self::V4).map_err(|_| InvalidHost::Number)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

fn check_label(label: &str) -> Result<(), InvalidHost> {
    if label.len() > 63 {
        return Err(InvalidHost::TooLong);
    }
    let known = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let hyphen_outside = label.starts_with('-') || label.ends_with('-');
    if label.is_empty() || hyphen_outside || !label.bytes().all(known) {
        return Err(InvalidHost::Characters);
    }
    Ok(())
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    label.bytes().all(|c| c.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_of_each_host() {
        for (text, canonical) in [
            ("API.Example.COM", "api.example.com"),
            ("example.com.", "example.com"),
            ("a_b.example", "a_b.example"),
            ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
            ("1.example", "1.example"),
            ("0x7f.example", "0x7f.example"),
            ("8.8.8.8", "8.8.8.8"),
            ("[0:0:0:0:0:0:0:1]", "[::1]"),
            ("[2606:4700::1111]", "[2606:4700::1111]"),
        ] {
            assert_eq!(text.parse::<Host>().unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_neither_a_name_nor_an_address() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = ["a".repeat(60).as_str(); 5].join(".");
        for (text, error) in [
            ("", InvalidHost::Missing),
            (".", InvalidHost::Missing),
            ("a..b", InvalidHost::Characters),
            ("-a.example", InvalidHost::Characters),
            ("a b", InvalidHost::Characters),
            ("a%2eb", InvalidHost::Characters),
            ("münchen.de", InvalidHost::Characters),
            ("１２７.0.0.1", InvalidHost::Characters),
            ("*.example", InvalidHost::Characters),
            (long_label.as_str(), InvalidHost::TooLong),
            (long_name.as_str(), InvalidHost::TooLong),
            ("2130706433", InvalidHost::Number),
            ("127.1", InvalidHost::Number),
            ("127.0.1", InvalidHost::Number),
            ("127.0.0.1.", InvalidHost::Number),
            ("0177.0.0.1", InvalidHost::Number),
            ("127.0.0.01", InvalidHost::Number),
            ("0x7f.0.0.1", InvalidHost::Number),
            ("0x7f000001", InvalidHost::Number),
            ("0X7F.1", InvalidHost::Number),
            ("0x", InvalidHost::Number),
            ("017700000001", InvalidHost::Number),
            ("256.1.1.1", InvalidHost::Number),
            ("1.2.3.4.5", InvalidHost::Number),
            ("example.0x7f", InvalidHost::Number),
            ("[::1", InvalidHost::Ipv6),
            ("[127.0.0.1]", InvalidHost::Ipv6),
            ("[fe80::1%25eth0]", InvalidHost::Ipv6),
            ("::1", InvalidHost::Characters),
        ] {
            assert_eq!(text.parse::<Host>(), Err(error), "{text}");
        }
    }
}
