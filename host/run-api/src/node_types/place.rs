use monshyflow_manifest::TypeName;
use monshyflow_web::{Problem, code};
use serde::Deserialize;
use utoipa::IntoParams;

/// `{name}/{version}` in a path.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct NodeTypePlace {
    /// Such as `http-request`.
    #[param(example = "http-request")]
    name: String,
    /// Major version.
    #[param(example = 1)]
    version: u32,
}

impl NodeTypePlace {
    /// A name that no node type can have is the name of none.
    pub(crate) fn type_name(&self) -> Result<TypeName, Problem> {
        TypeName::new(&self.name, self.version)
            .map_err(|error| Problem::new(&code::NOT_FOUND, error.to_string()))
    }
}
