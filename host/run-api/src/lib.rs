//! monshyflow-run-api
