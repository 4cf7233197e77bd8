//! monshyflow-store
