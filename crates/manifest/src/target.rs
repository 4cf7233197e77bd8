//! The syntax of capability targets. What they mean is decided where grants are.

use monshyflow_targets::HttpPattern;

use crate::CapabilityKind;

/// What is wrong with a target, in words that complete "the target `x` ...".
pub fn check_target(kind: CapabilityKind, target: &str) -> Result<(), String> {
    match kind {
        CapabilityKind::Http => match target.parse::<HttpPattern>() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("cannot be used: {error}")),
        },
        CapabilityKind::Kv if matches!(target, "node" | "workflow" | "tenant") => Ok(()),
        CapabilityKind::Kv => Err("must be `node`, `workflow` or `tenant`".to_owned()),
        CapabilityKind::Credentials => Ok(()),
        CapabilityKind::Clock | CapabilityKind::Random | CapabilityKind::Mail => {
            Err("means nothing: this capability has no targets".to_owned())
        }
    }
}

/// Whether what a manifest asks for, by these targets, has `granted` in it.
pub fn includes_target(kind: CapabilityKind, asked: &[String], granted: &str) -> bool {
    match kind {
        CapabilityKind::Http => {
            let Ok(granted) = granted.parse::<HttpPattern>() else {
                return false;
            };
            let asked = asked
                .iter()
                .filter_map(|target| target.parse::<HttpPattern>().ok());
            asked.into_iter().any(|asked| asked.includes(&granted))
        }
        _ => asked.iter().any(|target| target == granted),
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
            "GET,HEAD https://api.example.com",
            "api.example.com:*",
            "A.example",
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

    #[test]
    fn a_grant_is_within_what_was_asked_for() {
        let includes = |kind, asked: &str, granted| includes_target(kind, &[asked.to_owned()], granted);
        assert!(includes(CapabilityKind::Http, "*", "https://a.example"));
        assert!(!includes(CapabilityKind::Http, "https://a.example", "*"));
        assert!(!includes(CapabilityKind::Http, "https://a.example", "no pattern"));
        assert!(includes(CapabilityKind::Kv, "tenant", "tenant"));
        assert!(!includes(CapabilityKind::Kv, "workflow", "tenant"));
        assert!(!includes(CapabilityKind::Mail, "x", "y"));
    }
}
