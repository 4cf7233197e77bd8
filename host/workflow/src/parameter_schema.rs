use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use monshyflow_manifest::{Budget, Manifest, Schema};
use serde_json::Value;

use crate::{NodeType, ParameterError};

/// The JSON Schema of a node type's parameters, compiled when it is first needed: a catalog holds many types of which a
/// workflow uses few.
#[derive(Debug, Default)]
pub(crate) struct ParameterSchema {
    compiled: OnceLock<Result<Schema, String>>,
}

/// Places whose values are not known yet, as JSON Pointers from the parameters on.
#[derive(Default)]
pub(crate) struct Unknown<'p> {
    /// Any value may come.
    pub(crate) any: BTreeSet<&'p str>,
    /// A text will come.
    pub(crate) text: BTreeSet<&'p str>,
}

/// Errors beyond this many are not told.
const MAX_ERRORS: usize = 50;

impl NodeType {
    /// Checks parameters in which every expression is resolved.
    ///
    /// # Errors
    ///
    /// What does not fit, up to 50 errors.
    pub fn check_params(&self, params: &Value) -> Result<(), Vec<ParameterError>> {
        let nothing = Unknown::default();
        let errors = self
            .schema
            .errors(&self.manifest, params, &nothing, &mut Budget::default());
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl ParameterSchema {
    /// What is wrong with `params` whatever comes at the `unknown` places.
    pub(crate) fn errors(
        &self,
        manifest: &Manifest,
        params: &Value,
        unknown: &Unknown<'_>,
        budget: &mut Budget,
    ) -> Vec<ParameterError> {
        let at_root = |message: String| {
            vec![ParameterError {
                pointer: String::new(),
                message,
                missing: false,
            }]
        };
        let schema = match self
            .compiled
            .get_or_init(|| Schema::compile(&manifest.parameters))
        {
            Ok(schema) => schema,
            Err(error) => return at_root(format!("the node type's parameter schema is wrong: {error}")),
        };
        match schema.errors(params, budget) {
            Ok(errors) => errors
                .filter(|error| unknown.is_certain(error))
                .take(MAX_ERRORS)
                .map(|error| ParameterError::of(&error, unknown, &manifest.parameters))
                .collect(),
            Err(error) => at_root(error.to_string()),
        }
    }
}

impl Unknown<'_> {
    /// The error stays whatever comes at the unknown places.
    pub(crate) fn is_certain(&self, error: &ValidationError<'_>) -> bool {
        let at = error.instance_path().as_str();
        if self.any.contains(at) {
            return false;
        }
        if self.text.contains(at) && !matches!(error.kind(), ValidationErrorKind::Type { .. }) {
            return false;
        }
        let conditional = ["/then/", "/else/"]
            .iter()
            .any(|word| error.evaluation_path().as_str().contains(word));
        if conditional && !(self.any.is_empty() && self.text.is_empty()) {
            return false;
        }
        use ValidationErrorKind as Kind;
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => context
                .iter()
                .all(|errors| errors.iter().any(|error| self.is_certain(error))),
            Kind::OneOfMultipleValid { .. }
            | Kind::Not { .. }
            | Kind::Contains
            | Kind::UniqueItems
            | Kind::Enum { .. }
            | Kind::Constant { .. }
            | Kind::UnevaluatedItems { .. }
            | Kind::UnevaluatedProperties { .. } => !self.is_below(at),
            _ => true,
        }
    }

    /// Something below `at` is unknown.
    fn is_below(&self, at: &str) -> bool {
        let start = format!("{at}/");
        [&self.any, &self.text].into_iter().any(|places| {
            let next = places.range(start.as_str()..).next();
            places.contains(at) || next.is_some_and(|place| place.starts_with(&start))
        })
    }
}
