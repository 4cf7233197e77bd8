//! The engine from outside: tables of small workflows, and properties of large crowds of them.

mod history;
mod outcomes;
mod properties;
mod restart;
mod size;
mod support;
mod tokens;
