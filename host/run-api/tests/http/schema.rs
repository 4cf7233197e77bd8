use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::answer::Answer;

/// The document that clients read.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(monshyflow_run_api::openapi()).unwrap())
}

/// Asserts that the operation documents this status, media type and body, so that the document cannot drift from what is
/// answered.
pub(crate) fn check(method: &str, template: &str, answer: &Answer) {
    let operation = &document()["paths"][template][method.to_lowercase()];
    assert!(
        operation.is_object(),
        "{method} {template} is not in the OpenAPI document"
    );
    let status = answer.status.to_string();
    let documented = operation["responses"]
        .get(&status)
        .or_else(|| operation["responses"].get("default"));
    let documented = documented.unwrap_or_else(|| panic!("{method} {template} may not answer {status}"));
    let Some(content) = documented.get("content") else {
        assert!(
            answer.body.is_empty(),
            "{method} {template} {status}: undocumented body {}",
            answer.text()
        );
        return;
    };
    let media_type = answer
        .header("content-type")
        .split(';')
        .next()
        .unwrap_or_default();
    if content.get("text/html").is_some() {
        return;
    }
    let documented = content.get(media_type);
    let media =
        documented.unwrap_or_else(|| panic!("{method} {template} {status}: {media_type} is not documented"));
    if !media_type.ends_with("json") {
        return;
    }
    let mut schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" });
    schema["allOf"] = json!([media["schema"]]);
    schema["components"] = document()["components"].clone();
    let body = answer.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&body)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(
        faults.is_empty(),
        "{method} {template} {status} answers what it does not document: {faults:#?}\n{body:#}"
    );
}
