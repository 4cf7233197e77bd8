//! Texts made to hurt: they end in an answer or an error, never in a panic.

use monshyflow_sdk::testing::call_node;
use serde_json::{Value, json};

fn convert(params: Value) -> Result<String, String> {
    let report = call_node(markdown::call, &params, &[json!({})]);
    match &report.result {
        Ok(_) => Ok(report.output("main")[0]["data"]
            .as_str()
            .unwrap_or_default()
            .to_owned()),
        Err(error) => Err(error.code.clone()),
    }
}

fn to_html(markdown: &str) -> Result<String, String> {
    convert(
        json!({ "markdown": markdown, "htmlOptions": { "footnotes": true, "definitionLists": true, "alerts": true,
        "math": true, "smartPunctuation": true, "frontMatter": true, "headingIds": true,
        "headingAttributes": true, "newTab": true, "rawHtml": "escape" } }),
    )
}

fn to_markdown(html: &str) -> Result<String, String> {
    convert(
        json!({ "operation": "htmlToMarkdown", "html": html, "markdownOptions": { "emphasis": "_", "keepHtml": true } }),
    )
}

#[test]
fn deep_markdown_is_converted() {
    for mark in [
        ">", "- ", "[", "![", "*", "_", "(", "<", "`", "~", "^", "$", "|", "#", "[^1]:", "\\", "{", "&",
        "http://", "\t", "\0",
    ] {
        let html = to_html(&format!("{}x", mark.repeat(10_000)));
        assert!(
            html.as_ref().is_ok_and(|html| html.contains('x')),
            "{mark}: {html:?}"
        );
    }
}

#[test]
fn deep_html_is_refused_fair_html_is_not() {
    let nested = |depth: usize| format!("{}x{}", "<div>".repeat(depth), "</div>".repeat(depth));
    assert_eq!(to_markdown(&nested(10_000)).unwrap_err(), "html-too-deep");
    assert!(to_markdown(&nested(190)).unwrap().contains('x'));
    for tag in [
        "<b>",
        "<ul><li>",
        "<blockquote>",
        "<table><tr><td>",
        "<pre>",
        "<em>",
        "<a href=x>",
    ] {
        let result = to_markdown(&format!("{}x", tag.repeat(40)));
        assert!(
            result.as_ref().is_ok_and(|text| text.contains('x')),
            "{tag}: {result:?}"
        );
    }
}

#[test]
fn odd_html_is_converted() {
    for html in [
        "<?xml version='1.0'?><p>x",
        "<![CDATA[x]]><p>x",
        "<p \0=\"x\">x",
        "&#0;&#xD800;x",
        "<svg><math><p>x",
        "</p>x<",
    ] {
        assert!(to_markdown(html).is_ok_and(|text| text.contains('x')), "{html}");
    }
}

#[test]
fn large_texts_are_refused() {
    let large = "x".repeat(4 * 1024 * 1024 + 1);
    assert_eq!(to_html(&large).unwrap_err(), "text-too-large");
    assert_eq!(to_markdown(&large).unwrap_err(), "text-too-large");
}
