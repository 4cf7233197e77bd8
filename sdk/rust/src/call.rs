use crate::{Item, NodeError};

/// Points at an item of a call's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemRef {
    /// Index into the call's inputs.
    pub input: u32,
    /// Index into that input's items.
    pub index: u32,
}

/// One call of a node, as the host makes it. Handlers get its parts; only the SDK and tests touch it whole.
#[derive(Debug, Clone)]
pub struct Call {
    pub params: CallParams,
    pub inputs: Vec<Input>,
    pub context: Context,
}

/// Parameters as JSON objects in which the host resolved every expression.
#[derive(Debug, Clone)]
pub enum CallParams {
    /// No expression depends on the item.
    Shared(String),
    /// One object for each item of the first input port.
    PerItem(Vec<String>),
}

/// The items that arrived at one input port.
#[derive(Debug, Clone)]
pub struct Input {
    pub port: String,
    pub items: Vec<Item>,
}

/// Where and when the call takes place.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    pub run_id: String,
    /// Stable over retries of one step and over recovery: an idempotency key for requests to the world.
    pub step_id: String,
    pub node_name: String,
    pub workflow_name: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// Round numbers of the enclosing loops, outermost first.
    pub iteration: Vec<u32>,
    /// When the run started, milliseconds since 1970-01-01T00:00:00Z.
    pub run_time_ms: f64,
    /// IANA time zone of the workflow, such as `Europe/Berlin`.
    pub time_zone: String,
    /// The workflow goes on after errors; the SDK then reports items at fault one by one.
    pub keep_going: bool,
}

/// What a call gave back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Items by output port, in the order in which the ports were first used.
    pub outputs: Vec<(String, Vec<OutputItem>)>,
}

/// One item on its way out.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputItem {
    Created(CreatedItem),
    /// An input item, unchanged.
    Passed(ItemRef),
    /// Only when the call keeps going.
    Failed(NodeError),
}

/// A new item and the input items that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatedItem {
    pub json: String,
    pub binary: Vec<crate::Attachment>,
    pub source: Vec<ItemRef>,
}

/// Items at fault leave by this port; the host sends them where the workflow says.
pub(crate) const ERROR_PORT: &str = "error";

impl Outcome {
    pub(crate) fn push(&mut self, port: &str, item: OutputItem) {
        self.open(port).push(item);
    }

    pub(crate) fn open(&mut self, port: &str) -> &mut Vec<OutputItem> {
        let known = self.outputs.iter().position(|(name, _)| name == port);
        let index = known.unwrap_or_else(|| {
            self.outputs.push((port.to_owned(), Vec::new()));
            self.outputs.len() - 1
        });
        &mut self.outputs[index].1
    }
}
