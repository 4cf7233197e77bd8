//! monshyflow-sandbox
