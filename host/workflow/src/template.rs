/// A parameter tree in which the `{{ }}` are parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Template;
