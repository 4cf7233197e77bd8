use std::fmt;

/// A request that the node may not make, in words for the person who reads the step's error.
///
/// Shown as `http: https://api.example.com:443 ...`: capability, target, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Scheme, host and port; `a malformed URL` if there is none.
    pub target: String,
    pub reason: DenialReason,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenialReason {
    /// The node has no grant for `http` at all.
    NoGrant,
    /// It has one for other targets or methods.
    NotGranted { method: String, granted: String },
    /// The target is, or resolves to, an address that the egress policy refuses.
    Address { address: String, why: &'static str },
    /// The call made more requests than one call may.
    TooManyRequests { most: u32 },
}

impl Denial {
    /// The stable code of the step's error.
    pub const CODE: &'static str = "denied";
    pub const CAPABILITY: &'static str = "http";
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", Self::CAPABILITY, self.target)?;
        match &self.reason {
            DenialReason::NoGrant => f.write_str(
                "was refused, because this node type has no grant for `http`; its manifest must request the target and \
                 an admin must grant it",
            ),
            DenialReason::NotGranted { method, granted } => write!(
                f,
                "was refused for {method}, because the grants of this node type cover only {granted}; an admin can \
                 grant more of what its manifest requests",
            ),
            DenialReason::Address { address, why } => write!(
                f,
                "was refused, because `{address}` is {why}, which nodes may not reach; an operator can allow one \
                 internal host and port",
            ),
            DenialReason::TooManyRequests { most } => write!(
                f,
                "was refused, because one call of a node may send {most} requests; let it work on fewer items at a time",
            ),
        }
    }
}
