//! What operators and programmers read: health, metrics, documentation.

pub(crate) mod docs;
pub(crate) mod document;
pub(crate) mod error_page;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod ready;

pub use error_page::ERROR_PAGES;
pub use metrics::drain_metrics;
