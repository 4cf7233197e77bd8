//! The crate from outside: a real server on port 0, asked by a client that sends exactly the bytes it is told.

mod refusals;
mod serving;
mod support;
