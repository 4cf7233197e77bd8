//! Hosts, and the patterns by which manifests ask for them and grants allow them: one grammar for whoever writes, checks or
//! enforces one.

mod authority;
mod host;
mod includes;
mod pattern;

pub use authority::{Scheme, parse_port, split_port};
pub use host::{Host, InvalidHost};
pub use pattern::{HttpPattern, InvalidPattern, METHODS};
