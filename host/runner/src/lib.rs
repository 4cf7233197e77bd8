//! monshyflow-runner
