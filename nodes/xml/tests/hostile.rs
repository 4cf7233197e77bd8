//! XML made to hurt: it ends in an answer or an error, never in a panic.

use monshyflow_sdk::testing::call_node;
use serde_json::{Value, json};

fn read_with(mut params: Value, xml: &str) -> Result<Value, (String, String)> {
    params["reading"]["trim"] = true.into();
    let report = call_node(xml::call, &params, &[json!({ "data": xml })]);
    match &report.result {
        Ok(_) => Ok(report.output("main")[0].clone()),
        Err(error) => Err((error.code.clone(), error.message.clone())),
    }
}

fn read(xml: &str) -> Result<Value, (String, String)> {
    read_with(json!({}), xml)
}

fn nested(depth: usize) -> String {
    format!("{}x{}", "<a>".repeat(depth), "</a>".repeat(depth))
}

#[test]
fn entities_are_not_expanded() {
    let mut laughs = "<!DOCTYPE a [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..=20 {
        laughs.push_str(&format!(
            "<!ENTITY l{level} \"{}\">",
            format!("&l{};", level - 1).repeat(10)
        ));
    }
    laughs.push_str("]>");
    for document in ["<a>&l20;</a>", "<a b=\"&l20;\"/>"] {
        let (code, message) = read(&format!("{laughs}{document}")).unwrap_err();
        assert_eq!(code, "invalid-xml");
        assert!(message.contains("l20"), "{message}");
    }
    let file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><a>&f;</a>";
    assert_eq!(read(file).unwrap_err().0, "invalid-xml");
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(read(&nested(10_000)).unwrap_err().0, "xml-too-deep");
    assert_eq!(read(&"<a>".repeat(1_000_000)).unwrap_err().0, "xml-too-deep");
    assert!(read(&nested(100)).is_ok());
    let lists = json!({ "reading": { "alwaysLists": true } });
    assert_eq!(
        read_with(lists.clone(), &nested(100)).unwrap_err().0,
        "xml-too-deep"
    );
    assert!(read_with(lists, &nested(55)).is_ok());
}

#[test]
fn many_attributes_are_bounded() {
    let attributes: String = (0..100_000).map(|number| format!(" a{number}='1'")).collect();
    let (code, message) = read(&format!("<a{attributes}/>")).unwrap_err();
    assert_eq!(code, "invalid-xml");
    assert!(message.contains("1000 attributes"), "{message}");
}

#[test]
fn many_elements_are_read() {
    let xml = format!("<a>{}</a>", "<b/>".repeat(100_000));
    assert_eq!(
        read(&xml).unwrap()["a"]["b"].as_array().map(Vec::len),
        Some(100_000)
    );
}

#[test]
fn large_documents_are_refused() {
    let xml = format!("<a>{}</a>", "x".repeat(16 * 1024 * 1024));
    assert_eq!(read(&xml).unwrap_err().0, "xml-too-large");
}

#[test]
fn broken_documents_are_errors() {
    let broken = [
        "<",
        "<a",
        "<a b",
        "<a b=",
        "<a b='",
        "<a b=c/>",
        "</a>",
        "<!",
        "<!--",
        "<!-- -- >",
        "<![CDATA[",
        "<a><![CDATA[x",
        "<?",
        "<?xml",
        "<!DOCTYPE",
        "<!DOCTYPE a [",
        "&",
        "<a>&",
        "<a>&x",
        "<a>&#xD800;</a>",
        "<a>&#99999999999;</a>",
        "<a>&;</a>",
        "<a/>&amp;",
        "<a/><![CDATA[]]>",
        "<a>\0",
        "{}",
        "<a></ b>",
        "< a/>",
    ];
    let read = broken.map(|xml| (xml, read(xml).map_err(|(code, _)| code)));
    let wrong: Vec<_> = read
        .iter()
        .filter(|(_, result)| *result != Err("invalid-xml".to_owned()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn deep_json_is_written() {
    let mut value = json!(1);
    for _ in 0..120 {
        value = json!({ "a": value });
    }
    let report = call_node(xml::call, &json!({ "operation": "jsonToXml" }), &[value]);
    assert!(report.result.is_ok());
}
