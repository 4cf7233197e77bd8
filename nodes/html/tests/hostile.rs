//! HTML made to hurt: it ends in an answer or an error, never in a panic.

use monshyflow_sdk::testing::call_node;
use serde_json::json;

fn extract(html: String, selector: &str) -> Result<String, String> {
    let params = json!({ "values": [{ "name": "t", "selector": selector }, { "name": "h", "selector": selector, "returns": "html" }] });
    let report = call_node(html::call, &params, &[json!({ "data": html })]);
    match &report.result {
        Ok(_) => Ok(report.output("main")[0]["t"]
            .as_str()
            .unwrap_or_default()
            .to_owned()),
        Err(error) => Err(error.code.clone()),
    }
}

#[test]
fn deep_nesting_is_read() {
    let html = format!("{}deep{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
    assert_eq!(extract(html, "body").as_deref(), Ok("deep"));
    let html = format!("{}deep", "<b><p>".repeat(500));
    assert_eq!(extract(html, "body").as_deref(), Ok("deep"));
}

#[test]
fn large_documents_are_refused() {
    assert_eq!(
        extract("x".repeat(10 * 1024 * 1024 + 1), "p").unwrap_err(),
        "html-too-large"
    );
}

#[test]
fn bad_selectors_are_refused() {
    let nested = format!("{}p{}", ":not(".repeat(10_000), ")".repeat(10_000));
    let long = "a ".repeat(2_001);
    for selector in [
        nested.as_str(),
        ":not(:not(".repeat(11).as_str(),
        long.as_str(),
        "",
        "::",
        ":nth-child(x)",
    ] {
        assert_eq!(
            extract("<p>x".to_owned(), selector).unwrap_err(),
            "invalid-params",
            "{selector}"
        );
    }
    let fair = format!("{}p{}", ":is(".repeat(20), ")".repeat(20));
    assert_eq!(extract("<p>x".to_owned(), &fair).as_deref(), Ok("x"));
}

#[test]
fn control_characters_and_broken_tags_are_text() {
    assert_eq!(
        extract("<p \u{0}=<<>&#0;&#xD800;&#99999999;<".to_owned(), "p").as_deref(),
        Ok("\u{fffd}\u{fffd}\u{fffd}<")
    );
}
