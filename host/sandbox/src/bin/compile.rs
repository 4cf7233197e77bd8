//! The compile child as a program of its own, for tests of crates that do not have the product's binary.

fn main() -> std::process::ExitCode {
    monshyflow_sandbox::compile_child_main()
}
