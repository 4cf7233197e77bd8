//! monshyflow-capabilities
