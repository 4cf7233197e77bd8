//! Items as rows of a table: for nodes that read or write CSV, spreadsheets and the like.

mod columns;
mod header;

pub use columns::{Columns, MAX_COLUMNS, text_of};
pub use header::{nameless, names};
