//! monshyflow-expressions
