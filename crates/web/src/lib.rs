//! monshyflow-web
