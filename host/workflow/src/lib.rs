//! monshyflow-workflow
