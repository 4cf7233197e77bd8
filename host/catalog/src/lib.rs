//! monshyflow-catalog
