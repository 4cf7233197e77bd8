//! Runs the cases of a node type as calls of its component in the sandbox, offline.
//!
//! The format of cases is described in `sdk/README.md`; it belongs to no language. A node gets what its manifest asks for.
//! Its requests go the whole way through the egress policy and TLS, to a server of the case on loopback that answers with
//! what was recorded. Its clock shows the case's time, its values and binary data are kept in memory.

mod call;
mod case;
mod certificate;
mod compare;
mod compare_errors;
mod exchange;
mod load;
mod memory;
mod node;
mod recorded_item;
mod response;
mod server;
mod suspension;
mod world;

pub use case::{Case, CaseContext, EarlierCall, ExpectedError};
pub use exchange::{Exchange, OneOrMore, RecordedRequest, RecordedResponse};
pub use load::{CasesError, load_cases};
pub use node::{NodeUnderTest, UnusableNode};
pub use recorded_item::{FullItem, RecordedAttachment, RecordedItem};
pub use response::ExpectedResponse;
pub use suspension::{CaseResumption, ExpectedSuspension};
