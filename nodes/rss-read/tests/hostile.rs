//! Feeds made to hurt: they end in an answer or an error, never in a panic.

use monshyflow_sdk::testing::{Case, run_case};
use serde_json::json;

/// What `run_case` says if the feed fails with `code`, or is read if there is none.
fn read(feed: &str, code: Option<&str>) -> Result<(), String> {
    let mut case = json!({
        "title": "", "params": { "url": "https://a.example/", "maxBytes": 16_777_216 }, "input": { "main": [{}] },
        "http": [{ "request": { "method": "GET", "url": "https://a.example/" }, "response": { "text": feed } }],
    });
    match code {
        Some(code) => case["error"] = json!({ "code": code }),
        None => case["expect"] = json!({}),
    }
    let case: Case = serde_json::from_value(case).map_err(|error| error.to_string())?;
    run_case(rss_read::call, &case)
}

#[test]
fn entities_are_not_expanded() {
    let laughs: String = (1..20)
        .map(|level| {
            format!(
                "<!ENTITY l{level} \"{}\">",
                format!("&l{};", level - 1).repeat(10)
            )
        })
        .collect();
    let feed =
        format!("<!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}]><rss><item><title>&l19;</title></item></rss>");
    let problem = read(&feed, None).unwrap_err();
    assert!(problem.contains("{\"title\":\"&l19;\"}"), "{problem}");
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("<rss><item>{}", "<a>".repeat(10_000));
    assert_eq!(read(&deep, Some("invalid-feed")), Ok(()));
    assert_eq!(read(&"[".repeat(100_000), Some("invalid-feed")), Ok(()));
    assert_eq!(
        read(
            &format!("{{\"items\":{}", "[".repeat(100_000)),
            Some("invalid-feed")
        ),
        Ok(())
    );
}

#[test]
fn many_attributes_and_elements_are_read() {
    let attributes: String = (0..50_000).map(|number| format!(" a{number}='1'")).collect();
    assert_eq!(
        read(&format!("<rss><channel><x{attributes}/></channel></rss>"), None),
        Ok(())
    );
    let problem = read(&format!("<rss><item><link{attributes}/></item></rss>"), None).unwrap_err();
    assert!(problem.contains("was not expected"), "{problem}");
    let problem = read(
        &format!(
            "<rss><item>{}</item></rss>",
            "<category>x</category>".repeat(100_000)
        ),
        None,
    )
    .unwrap_err();
    assert!(problem.contains("was not expected"));
}

#[test]
fn broken_feeds_are_errors() {
    for feed in [
        "<",
        "<rss",
        "<rss a",
        "<rss><item></rss>",
        "</rss>",
        "<rss><![CDATA[",
        "<rss><!--",
        "\0",
        "{\"items\":5}",
        "[]",
        "<rss>&#0;</rss",
        "<!DOCTYPE",
    ] {
        assert_eq!(read(feed, Some("invalid-feed")), Ok(()), "{feed}");
    }
}

#[test]
fn odd_values_are_read() {
    let date = "9".repeat(100_000);
    for inner in [
        format!("<pubDate>{date}</pubDate><itunes:duration>{date}:{date}:{date}</itunes:duration>"),
        format!("<link>{}</link>", "/..".repeat(100_000)),
        "<title>&#xFFFFFFFFFFFF;&#;&;&</title><guid>http</guid><enclosure url=''/>".to_owned(),
        format!("<description>{}</description>", "&lt;".repeat(100_000)),
        format!("<description>{}</description>", "&amp;".repeat(100_000)),
    ] {
        let problem = read(&format!("<rss><item>{inner}</item></rss>"), None).unwrap_err();
        assert!(problem.contains("was not expected"), "{problem}");
    }
}
