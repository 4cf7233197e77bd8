use std::path::Path;

use schemars::JsonSchema;
use serde_json::json;

use crate::testing::{Case, load_cases};

/// Prints what the types and the cases of the node crate in `folder` say about it, for the build to put into the
/// manifest: `{ "parameters": <JSON Schema 2020-12>, "examples": [..] }`.
///
/// # Panics
///
/// If a case cannot be read.
#[expect(clippy::print_stdout, reason = "printing is its task")]
pub fn print_manifest<P: JsonSchema>(folder: &str) {
    let cases = load_cases(Path::new(folder)).unwrap_or_else(|problem| panic!("{problem}"));
    let examples: Vec<_> = cases.iter().filter_map(Case::as_example).collect();
    println!(
        "{:#}",
        json!({ "parameters": parameters::<P>(), "examples": examples })
    );
}

/// JSON Schema of the parameters.
pub(crate) fn parameters<P: JsonSchema>() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    generator.into_root_schema_for::<P>().to_value()
}
