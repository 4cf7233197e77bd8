//! From the document that people author to the graph that the engine runs. Pure: no I/O, no time, no randomness.

mod check;
mod document;
mod document_flow;
mod expression;
mod flow;
mod graph;
mod node_type;
mod node_types;
mod parameter_error;
mod parameter_schema;
mod problem;
mod scopes;
mod suggest;
mod template;

pub use check::{MAX_DEPTH, MAX_EDGES, MAX_NODES, check};
pub use document::{
    Document, DocumentEdge, DocumentNode, DocumentNodeSettings, DocumentOnError, DocumentRetry,
    DocumentSettings, EdgeEnd, MAX_DOCUMENT_BYTES, Position,
};
pub use document_flow::{
    DocumentConcurrency, DocumentDebounce, DocumentFlow, DocumentRate, DocumentSingleton,
    DocumentSingletonMode,
};
pub use expression::{
    Branch, Code, Expression, JavaScript, Literal, MAX_EXPRESSION_BYTES, Operand, Origin, Path, Pick,
    Reference, Root, Step, array_index,
};
pub use flow::{ConcurrencyLimit, Debounce, Flow, RateLimit, Singleton, SingletonMode};
pub use graph::{Edge, Node, NodeIndex, NodeSettings, OnError, Pinned, PortIndex, Retry, Settings, Workflow};
pub use monshyflow_strict_json::ReadError as DocumentError;
pub use node_type::{LoopPorts, NodeType};
pub use node_types::NodeTypes;
pub use parameter_error::ParameterError;
pub use problem::{Problem, ProblemCode, Severity};
pub use suggest::{closest, quoted_list};
pub use template::{Template, TemplateError, TemplateNode, TextPart};
