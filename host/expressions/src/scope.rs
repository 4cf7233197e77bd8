use std::collections::BTreeMap;

use monshyflow_items::Item;

/// Usual limit of `Scope::limit`: resolved parameters of one call, in bytes.
pub const MAX_PARAMETER_BYTES: usize = 64 << 20;

/// What the expressions of one call can see. `Template::references` says which items must be at hand; nothing is loaded here.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Name of the node whose parameters these are, for errors.
    pub node: &'a str,
    /// The items that parameters are wanted for: those of the first input port, or a batch of them.
    pub items: &'a [Item],
    /// Place of the first of `items` in the whole input.
    pub first_index: usize,
    /// The whole of the first input port, for `$input.first()`, `last()` and `all()`.
    pub input: Output<'a>,
    /// Number of its items.
    pub input_count: usize,
    /// What the node of that name emitted; `None` if it has not run, or was skipped.
    pub output: &'a (dyn Fn(&str) -> Option<Emitted<'a>> + Sync),
    /// The item of the node of that name from which the input item at this place (in the whole input) came.
    pub ancestor: &'a (dyn Fn(&str, usize) -> Option<&'a Item> + Sync),
    /// What an earlier evaluation of the same lacked.
    pub asked: &'a Asked,
    pub run_id: &'a str,
    pub workflow_id: &'a str,
    pub workflow_name: &'a str,
    /// The run's variables: the text of a JSON object.
    pub variables: &'a str,
    /// Most bytes that all resolved parameters together may have.
    pub limit: usize,
}

/// What a node emitted, by output port.
#[derive(Debug, Clone, Copy)]
pub struct Emitted<'a> {
    /// Index of the port that counts where an expression names none.
    pub branch: usize,
    /// One for each port; nothing where it was not loaded.
    pub ports: &'a [Option<Output<'a>>],
    /// Names of the ports, for messages.
    pub names: &'a [String],
    /// Index of the round in the loop around the node.
    pub run: u32,
}

/// Items outside of `Scope::items` that expressions asked for by their place in the whole input: `$item(0)`, `.itemMatching(0)`.
#[derive(Debug, Default)]
pub struct Asked {
    pub input: BTreeMap<usize, Item>,
    /// By node and place; nothing if the item there comes from none of that node.
    pub ancestors: BTreeMap<String, BTreeMap<usize, Option<Item>>>,
}

/// Items of an input or of a node's output, as far as they are at hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output<'a> {
    pub first: Option<&'a Item>,
    pub last: Option<&'a Item>,
    /// `None` if they were not loaded.
    pub all: Option<&'a [&'a Item]>,
}

impl<'a> Emitted<'a> {
    /// Of a node with one output.
    pub fn only(port: &'a Option<Output<'a>>) -> Self {
        Self {
            branch: 0,
            ports: std::slice::from_ref(port),
            names: &[],
            run: 0,
        }
    }
}

impl<'a> Output<'a> {
    pub fn of(items: &'a [&'a Item]) -> Self {
        Self {
            first: items.first().copied(),
            last: items.last().copied(),
            all: Some(items),
        }
    }
}
