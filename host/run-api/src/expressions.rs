//! What expressions become, for those who write them.

pub(crate) mod evaluate;
