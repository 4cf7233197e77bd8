//! monshyflow-bench
fn main() {}
