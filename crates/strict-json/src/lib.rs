//! Reading JSON that a stranger wrote: bounded, no key twice, every fault with its place.

mod error;
mod pointer;
mod read;

pub use error::ReadError;
pub use pointer::Pointer;
pub use read::{MAX_DEPTH, in_words_of_json, read};
