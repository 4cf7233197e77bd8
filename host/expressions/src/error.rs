use std::fmt;
use std::time::Duration;

/// Why parameters could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    pub kind: ErrorKind,
    /// Name of the node that has the parameter.
    pub node: Box<str>,
    /// As the author wrote it; empty if no single expression is at fault.
    pub expression: Box<str>,
    /// JSON Pointer (RFC 6901) to the text that holds it, from the node's parameters on.
    pub pointer: Box<str>,
    /// Place of the input item at fault, from 0, if the expression depends on the item.
    pub item: Option<usize>,
    /// What is wrong and what there is instead.
    pub message: Box<str>,
    /// Names that could have been meant, at most 50.
    pub available: Box<[String]>,
    /// Line and column in `expression`, from 1, if JavaScript said so.
    pub place: Option<(u32, u32)>,
    /// With them in `Scope::asked` another evaluation comes further.
    pub missing: Option<Box<Missing>>,
    pub(crate) is_unsure: bool,
}

/// What an evaluation lacked, and what it took to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub items: Vec<MissingItem>,
    pub guest_cpu: Duration,
    /// Bytes.
    pub peak_memory: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingItem {
    /// The item of this node that the input item came from, or the input item itself.
    pub node: Option<String>,
    /// Place in the whole input.
    pub index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A path leads nowhere and does not allow that.
    Unresolved,
    /// The expression is not a path or a literal, and there is no evaluator for the rest.
    Unsupported,
    /// An item holds text that no evaluator can represent.
    Unreadable,
    /// The resolved parameters are larger than allowed, or nested too deep.
    TooLarge,
    /// The expression looks at items in a way that did not show before.
    NotLoaded,
    /// An item's way back to what it came from is longer than anybody follows it.
    LineageTooLong,
    /// The text is no JavaScript expression.
    Syntax,
    /// JavaScript threw an error.
    Threw,
    /// The result is nothing that JSON can hold.
    Unserializable,
    /// The evaluation used up its time.
    TimedOut,
    OutOfMemory,
    StackOverflow,
    /// The evaluator crashed.
    Trapped,
    /// Somebody ended the evaluation.
    Cancelled,
    /// The evaluator did not keep to its contract, or the host has a fault.
    Fault,
}

impl ErrorKind {
    pub const ALL: [Self; 15] = [
        Self::Unresolved,
        Self::Unsupported,
        Self::Unreadable,
        Self::TooLarge,
        Self::NotLoaded,
        Self::LineageTooLong,
        Self::Syntax,
        Self::Threw,
        Self::Unserializable,
        Self::TimedOut,
        Self::OutOfMemory,
        Self::StackOverflow,
        Self::Trapped,
        Self::Cancelled,
        Self::Fault,
    ];

    /// Stable name; each has a page `docs/errors/<code>.md`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unresolved => "expression-unresolved",
            Self::Unsupported => "expression-unsupported",
            Self::Unreadable => "expression-unreadable",
            Self::TooLarge => "parameters-too-large",
            Self::NotLoaded => "expression-not-loaded",
            Self::LineageTooLong => "lineage-too-long",
            Self::Syntax => "expression-syntax",
            Self::Threw => "expression-threw",
            Self::Unserializable => "expression-unserializable",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
            Self::StackOverflow => "stack-overflow",
            Self::Trapped => "trapped",
            Self::Cancelled => "cancelled",
            Self::Fault => "sandbox-fault",
        }
    }

    /// Another try may help.
    pub fn is_retryable(self) -> bool {
        self == Self::Fault
    }
}

impl ExpressionError {
    /// Natively it is not certain what JavaScript would give: `resolve_with` may find a value.
    pub fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    /// What the parameters of `node` need could not be had; no expression is to blame.
    pub fn host_fault(node: &str, message: String) -> Self {
        Self::of_node(ErrorKind::Fault, node, message)
    }

    /// Items could not be followed back. No `??` stands in for that: nobody knows whether there is something.
    pub fn lineage_too_long(node: &str, message: String) -> Self {
        Self::of_node(ErrorKind::LineageTooLong, node, message)
    }

    fn of_node(kind: ErrorKind, node: &str, message: String) -> Self {
        Self {
            kind,
            node: node.into(),
            expression: Box::default(),
            pointer: Box::default(),
            item: None,
            message: message.into(),
            available: Box::default(),
            place: None,
            missing: None,
            is_unsure: false,
        }
    }
}

impl std::error::Error for ExpressionError {}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.expression.is_empty() {
            return write!(f, "parameters of `{}`: {}", self.node, self.message);
        }
        let mut shown: String = self.expression.chars().take(200).collect();
        if shown.len() < self.expression.len() {
            shown.push('…');
        }
        write!(f, "`{shown}` in parameter {} of `{}`", self.pointer, self.node)?;
        if let Some(item) = self.item {
            write!(f, " for item {item}")?;
        }
        if let Some((line, column)) = self.place {
            write!(f, " at line {line}, column {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}
