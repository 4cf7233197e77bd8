use super::bindings::monshyflow::node::variables as wit;

pub(crate) fn set_variable(name: &str, value: &str) {
    wit::set(name, value);
}
