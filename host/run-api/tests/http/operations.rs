use serde_json::json;

use crate::answer::ask;
use crate::schema::document;

pub(crate) fn the_server_says_how_it_is() {
    assert_eq!(ask("GET", "/healthz", &[]).key(None).send().text(), "ok\n");
    let ready = ask("GET", "/readyz", &[]).key(None).send().expect(200);
    let names: Vec<&str> = ready["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        (names, &ready["ready"]),
        (vec!["store", "nodes", "runs", "server"], &json!(true))
    );
    let metrics = ask("GET", "/metrics", &[]).key(None).send();
    assert!(
        metrics
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let text = metrics.text();
    assert!(
        text.contains("http_request_duration_seconds") && text.contains("route=\"/healthz\""),
        "{text}"
    );
}

pub(crate) fn the_documentation_is_there() {
    let served = ask("GET", "/api/openapi.json", &[]).key(None).send().expect(200);
    assert_eq!(&served, document());
    assert_eq!(served["openapi"], "3.1.0");
    let from = ask("GET", "/api/docs", &[]).key(None).open();
    assert_eq!(
        (from.status().as_u16(), &from.headers()["location"]),
        (303, &"/api/docs/index.html".parse().unwrap())
    );

    let page = ask("GET", "/api/docs/{file}", &["index.html"]).key(None).send();
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy").to_owned();
    assert!(
        policy.contains("script-src 'self';") && policy.contains("connect-src 'self'"),
        "{policy}"
    );
    let html = page.text();
    assert!(
        !html.contains("<script>") && !html.contains("onload="),
        "the policy would stop inline scripts"
    );
    let quoted = html
        .split('"')
        .filter(|part| part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".png"));
    let files: Vec<&str> = quoted.collect();
    assert!(
        files.iter().any(|file| file.ends_with("swagger-initializer.js")),
        "{files:?}"
    );
    for file in files {
        let name: &str = file.trim_start_matches("./");
        let asset = ask("GET", "/api/docs/{file}", &[name]).key(None).send();
        assert_eq!(asset.status, 200, "{name}");
        if name == "swagger-initializer.js" {
            assert!(asset.text().contains("/api/openapi.json"));
        }
    }
    ask("GET", "/api/docs/{file}", &["nothing.js"])
        .key(None)
        .send()
        .problem(404, "not-found");
    ask("GET", "/api/docs/{file}", &["..%2f..%2fCargo.toml"])
        .key(None)
        .send()
        .problem(404, "not-found");
}

pub(crate) fn every_code_has_a_page() {
    let ours = monshyflow_run_api::CODES
        .iter()
        .chain(monshyflow_web::code::ALL)
        .map(|code| code.name);
    let problems = monshyflow_workflow::ProblemCode::ALL
        .iter()
        .map(|code| code.as_str());
    let missing: Vec<&str> = ours
        .chain(problems)
        .filter(|code| ask("GET", "/api/errors/{code}", &[code]).key(None).send().status != 200)
        .collect();
    assert!(missing.is_empty(), "docs/errors has no page for {missing:?}");
    ask("GET", "/api/errors/{code}", &["no-such-code"])
        .key(None)
        .send()
        .problem(404, "not-found");
}
