/// The compiled JSON Schema of a node type's parameters.
#[derive(Debug, Default)]
pub(crate) struct ParameterSchema {}
