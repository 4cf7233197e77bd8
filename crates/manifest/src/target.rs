//! The syntax of capability targets. What they mean is decided where grants are.

use crate::CapabilityKind;

/// What is wrong with a target, in words that complete "the target `x` ...".
pub fn check_target(kind: CapabilityKind, target: &str) -> Result<(), &'static str> {
    match kind {
        CapabilityKind::Http => check_host_pattern(target),
        CapabilityKind::Kv if matches!(target, "node" | "workflow" | "tenant") => Ok(()),
        CapabilityKind::Kv => Err("must be `node`, `workflow` or `tenant`"),
        CapabilityKind::Credentials => Ok(()),
        CapabilityKind::Clock | CapabilityKind::Random | CapabilityKind::Mail => {
            Err("means nothing: this capability has no targets")
        }
    }
}

/// `*`, or `[http[s]://]host[:port]` where the host is a name, `*.` and a name, or an address.
fn check_host_pattern(target: &str) -> Result<(), &'static str> {
    if target == "*" {
        return Ok(());
    }
    let authority = match target.split_once("://") {
        None => target,
        Some(("http" | "https", rest)) => rest,
        Some(_) => return Err("must have the scheme http or https, or none"),
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("has a `[` without `]`")?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if !port.is_empty()
        && port
            .strip_prefix(':')
            .and_then(|port| port.parse().ok())
            .is_none_or(|port: u16| port == 0)
    {
        return Err("has a port that is no number from 1 to 65535");
    }
    if authority.starts_with('[') {
        return host
            .parse::<std::net::Ipv6Addr>()
            .map(|_| ())
            .map_err(|_| "has no IPv6 address in its brackets");
    }
    let name = host.strip_prefix("*.").unwrap_or(host);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(())
    } else {
        Err(
            "is no host: write `*`, `api.example.com`, `*.example.com:8443` or `https://api.example.com`, in lower case and without a path",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_scheme_and_port() {
        for good in [
            "*",
            "api.example.com",
            "*.example.com:8443",
            "https://api.example.com",
            "http://127.0.0.1:80",
            "[::1]:8080",
        ] {
            assert_eq!(check_target(CapabilityKind::Http, good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "https://",
            "ftp://a",
            "a/b",
            "https://a/",
            "a:0",
            "a:",
            "a:65536",
            "A.example",
            "a..b",
            "*.*.a",
            "a*",
            "u@a",
            "[::1",
            "[x]",
            "a b",
            "é.example",
        ] {
            assert!(check_target(CapabilityKind::Http, bad).is_err(), "{bad}");
        }
    }
}
