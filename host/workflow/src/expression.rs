//! The language of `{{ }}`. Paths and literals are understood here; the rest is JavaScript, kept as text.

mod javascript;
mod mask;
mod parse;
mod print;
mod scan;

use std::collections::BTreeSet;

pub(crate) use scan::{Piece, pieces};

pub use javascript::JavaScript;
use parse::parse;

/// Longest expression, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 64 << 10;

/// What stands between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// As the author wrote it, without space around.
    pub source: Box<str>,
    /// JSON Pointer to the text that holds it, from the node's parameters.
    pub pointer: Box<str>,
    pub code: Code,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Code {
    /// Joined by `??`: the first that is neither null nor undefined counts. At least one.
    Native(Vec<Operand>),
    /// Balanced, but not understood here beyond what it looks at.
    JavaScript(JavaScript),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Literal(Literal),
    Path(Path),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    /// Finite.
    Number(f64),
    String(String),
}

/// A root and the way down from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub root: Root,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$json`: the JSON of the current item.
    Json,
    /// `$input.item`, `$('Name').first()` and the like: an object `{json, binary}`, or an array of them for `All`.
    Items { origin: Origin, pick: Pick },
    /// `$itemIndex`.
    ItemIndex,
    /// `$vars`: an object of the run's variables.
    Variables,
    /// `$run.id`.
    RunId,
    /// `$workflow.id`.
    WorkflowId,
    /// `$workflow.name`.
    WorkflowName,
}

/// Whose items.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Those of the first input port of the node that has the parameter.
    Input,
    /// Those that the node of this name emitted.
    Node(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pick {
    /// The current item of the input; of another node, the item that the current one came from.
    Item,
    First,
    Last,
    All,
}

/// Items that an expression looks at, beside the current one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    pub origin: Origin,
    pub pick: Pick,
    pub branch: Branch,
}

/// Which output port of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    /// That by which the node leads to the reader: `Workflow::port_toward`. For the input, and for `Pick::Item`, the only one.
    Connected,
    Index(u16),
    /// Only the run shows which.
    Any,
}

impl Reference {
    pub(crate) fn connected(origin: Origin, pick: Pick) -> Self {
        Self {
            origin,
            pick,
            branch: Branch::Connected,
        }
    }
}

/// A property access: `.key`, `["key"]`, `[0]`, or with `?.` before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// As JavaScript has it: `[0]` and `["0"]` are the same.
    pub key: String,
    pub optional: bool,
}

impl Expression {
    pub(crate) fn new(source: &str, pointer: &str) -> Self {
        let source = source.trim();
        Self {
            source: source.into(),
            pointer: pointer.into(),
            code: parse(source),
        }
    }

    pub fn operands(&self) -> &[Operand] {
        match &self.code {
            Code::Native(operands) => operands,
            Code::JavaScript(_) => &[],
        }
    }

    /// The value may differ from item to item.
    pub fn depends_on_item(&self) -> bool {
        match &self.code {
            Code::Native(_) => self.paths().any(Path::depends_on_item),
            Code::JavaScript(script) => script.per_item,
        }
    }

    /// Whose items it looks at, beside the current one.
    pub fn references(&self) -> Vec<Reference> {
        let mut references: Vec<Reference> = match &self.code {
            Code::Native(_) => self.paths().filter_map(Path::looks_at).collect(),
            Code::JavaScript(script) => script.looks_at.clone(),
        };
        references.retain(|one| (&one.origin, one.pick) != (&Origin::Input, Pick::Item));
        references
    }

    /// Names of nodes that stand in it.
    pub fn named_nodes(&self) -> BTreeSet<String> {
        let names = self
            .references()
            .into_iter()
            .filter_map(|reference| match reference.origin {
                Origin::Node(name) => Some(name),
                Origin::Input => None,
            });
        names.collect()
    }

    pub fn is_javascript(&self) -> bool {
        matches!(self.code, Code::JavaScript(_))
    }

    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.operands().iter().filter_map(|operand| match operand {
            Operand::Path(path) => Some(path),
            Operand::Literal(_) => None,
        })
    }
}

impl Path {
    /// The value may differ from item to item.
    pub fn depends_on_item(&self) -> bool {
        match self.root {
            Root::Json | Root::ItemIndex | Root::Items { pick: Pick::Item, .. } => true,
            Root::Items { .. } | Root::Variables | Root::RunId | Root::WorkflowId | Root::WorkflowName => {
                false
            }
        }
    }

    fn looks_at(&self) -> Option<Reference> {
        match &self.root {
            Root::Items { origin, pick } => Some(Reference::connected(origin.clone(), *pick)),
            _ => None,
        }
    }

    /// The author allows that nothing is there.
    pub fn allows_absence(&self) -> bool {
        self.steps.iter().any(|step| step.optional)
    }
}

/// The place of `key` in an array, if it is one: `0`, `17`, but not `-1`, `01` or `1.5`.
pub fn array_index(key: &str) -> Option<usize> {
    let canonical = key == "0" || (key.starts_with(|c: char| ('1'..='9').contains(&c)));
    if canonical && key.len() <= 10 && key.bytes().all(|c| c.is_ascii_digit()) {
        key.parse().ok()
    } else {
        None
    }
}
