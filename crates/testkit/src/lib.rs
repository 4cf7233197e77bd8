//! monshyflow-testkit
