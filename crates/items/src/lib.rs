//! Items on their way between steps: JSON as bytes that nobody parses unless an expression looks inside, lineage,
//! references to binary data, and lists of them in segments that may rest in the object store.
//!
//! Pure data: nothing here reads or writes.

mod encoding;
mod item;
mod json;
mod list;
mod moved;
mod record;
mod segment;

pub use encoding::{DecodeError, decode_segment, encode_segment};
pub use item::{Attachment, Item, ItemRef, Source};
pub use json::{InvalidJson, Json};
pub use list::{Cursor, ItemList};
pub use moved::Moved;
pub use record::{ItemListRecord, RecordError};
pub use segment::Segment;
