//! monshyflow-journal
