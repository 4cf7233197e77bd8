//! monshyflow-engine
