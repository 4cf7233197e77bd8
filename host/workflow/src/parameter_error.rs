use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use crate::parameter_schema::Unknown;
use crate::suggest::{did_you_mean, quoted_list};

/// A parameter that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterError {
    /// JSON Pointer from the parameters on.
    pub pointer: String,
    /// For people.
    pub message: String,
    /// Something required is not there.
    pub missing: bool,
}

impl ParameterError {
    /// `schema`: the whole, for suggestions.
    pub(crate) fn of(error: &ValidationError<'_>, unknown: &Unknown<'_>, schema: &Value) -> Self {
        let pointer = error.instance_path().as_str().to_owned();
        let missing = matches!(error.kind(), Kind::Required { .. });
        let what = match pointer.as_str() {
            "" => "the object of parameters".to_owned(),
            pointer => format!("`{}`", &pointer[1..]),
        };
        let message = match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let inside = if pointer.is_empty() {
                    String::new()
                } else {
                    format!(" in {what}")
                };
                format!("the parameter `{name}` is missing{inside}")
            }
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let known = if pointer.is_empty() {
                    schema.get("properties")
                } else {
                    None
                };
                let known: Vec<_> = known
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|known| known.keys())
                    .collect();
                let hint = unexpected
                    .first()
                    .map(|name| did_you_mean(name, &known))
                    .unwrap_or_default();
                format!("{what} may not have {}{hint}", quoted_list(unexpected))
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                let why = nearest(context, unknown, schema)
                    .map(|why| format!(": {why}"))
                    .unwrap_or_default();
                format!("{what} has none of the forms that it may have{why}")
            }
            _ => error.masked_with(what.as_str()).to_string(),
        };
        Self {
            pointer,
            message,
            missing,
        }
    }
}

/// Why the form that was probably meant does not fit. A form whose constants differ was not meant.
fn nearest(forms: &[Vec<ValidationError<'_>>], unknown: &Unknown<'_>, schema: &Value) -> Option<String> {
    let certain =
        |errors: &'_ [ValidationError<'_>]| errors.iter().filter(|error| unknown.is_certain(error)).count();
    let other = |errors: &'_ [ValidationError<'_>]| {
        errors
            .iter()
            .any(|error| unknown.is_certain(error) && matches!(error.kind(), Kind::Constant { .. }))
    };
    let best = forms
        .iter()
        .min_by_key(|errors| (other(errors), certain(errors)))?;
    let error = best.iter().find(|error| unknown.is_certain(error))?;
    Some(ParameterError::of(error, unknown, schema).message)
}
