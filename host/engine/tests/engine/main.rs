//! The engine from outside: tables of small workflows, and properties of large crowds of them.

mod history;
mod lineage;
mod loops;
mod outcomes;
mod partial;
mod properties;
mod responses;
mod restart;
mod size;
mod speed;
mod support;
mod tokens;
mod variables;
mod waits;
