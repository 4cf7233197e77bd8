//! Requests to the world over `wasi:http`. Needs the capability `http`, and the crate's feature `http`.
//!
//! ```no_run
//! # fn main() -> Result<(), monshyflow_sdk::NodeError> {
//! use monshyflow_sdk::http::Request;
//!
//! let mut response = Request::get("https://api.example.com/orders").query("state", "open").send()?;
//! let orders: Vec<serde_json::Value> = response.json(1024 * 1024)?;
//! # Ok(()) }
//! ```
//!
//! Redirects are followed, each as a new request that the host checks anew.

mod body;
mod charset;
mod date;
mod error;
mod multipart;
mod redirect;
mod request;
mod response;
mod status;
mod url;

pub use body::Body;
pub(crate) use body::Piece;
pub use error::{Error, ErrorKind};
pub use multipart::Multipart;
pub use request::{DEFAULT_REDIRECTS, Pending, Request};
pub(crate) use response::Head;
pub use response::Response;
pub use url::Url;

/// One request as the host gets it.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) timeout_ms: Option<u32>,
}
