//! Nodes that send mail, in the real server, to a mail server at the wire.

use std::time::{Duration, Instant};

use monshyflow_testkit::smtp::{SmtpRules, SmtpServer};
use serde_json::{Value, json};

use crate::support::Server;

fn document(params: &Value) -> Value {
    json!({
        "name": "mail",
        "nodes": [
            { "id": "start", "name": "start", "type": "manual-trigger@1" },
            { "id": "send", "name": "send", "type": "email-send@1", "params": params },
        ],
        "edges": [{ "from": { "node": "start", "port": "main" }, "to": { "node": "send", "port": "main" } }],
    })
}

fn smtp(rules: SmtpRules) -> (tokio::runtime::Runtime, SmtpServer) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(SmtpServer::start(rules)).unwrap();
    (runtime, server)
}

#[test]
fn a_message_leaves_for_each_item() {
    let login = SmtpRules::new()
        .login("shop", "geheim")
        .recipient("nobody", "550 no such user");
    let (_runtime, smtp) = smtp(login);
    let data = tempfile::tempdir().unwrap();
    let url = smtp.url(Some(("shop", "geheim")));
    let server = Server::start(
        data.path(),
        &["--smtp-url", &url, "--mail-from", "Shop <shop@example.com>"],
    );
    let params = json!({ "to": "{{ $json.to }}", "subject": "Order {{ $json.id }}", "text": "On its way." });
    let workflow = server.publish(&document(&params));
    let input = json!([{ "id": 1, "to": "ada@example.com" }, { "id": 2, "to": "Bob <bob@example.com>" }]);
    let view = server.run(&workflow, &input);
    assert_eq!(view["status"], "succeeded", "{view}");
    assert_eq!(
        view["result"][0]["items"][1]["accepted"],
        json!(["bob@example.com"])
    );
    let mails = smtp.mails();
    let to: Vec<&str> = mails.iter().map(|mail| mail.to[0].as_str()).collect();
    assert_eq!(to, ["ada@example.com", "bob@example.com"]);
    assert!(
        mails[0].data.contains("Subject: Order 1\r\n"),
        "{}",
        mails[0].data
    );
    assert_eq!(mails[0].user.as_deref(), Some("shop"));
    let ids = view["result"][0]["items"].as_array().unwrap().iter();
    for (mail, sent) in mails.iter().zip(ids) {
        let id = sent["messageId"].as_str().unwrap();
        assert!(
            mail.data.contains(&format!("Message-ID: {id}\r\n")),
            "{}",
            mail.data
        );
    }
    let events = server.events(view["id"].as_str().unwrap(), 0);
    let text = json!(events).to_string();
    assert!(text.contains("-> accepted") && !text.contains("geheim"), "{text}");

    let failed = server.run(&workflow, &json!({ "id": 3, "to": "nobody@example.com" }));
    assert_eq!(failed["error"]["code"], "mail-refused", "{failed}");
    assert!(
        failed["error"]["message"]
            .as_str()
            .unwrap()
            .contains("550 no such user"),
        "{failed}"
    );
}

#[test]
fn without_a_mail_server_the_operator_is_named() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let workflow = server.publish(&document(&json!({ "to": "ada@example.com", "text": "x" })));
    let failed = server.run(&workflow, &json!({}));
    assert_eq!(failed["error"]["code"], "mail-unavailable", "{failed}");
    let said = failed["error"]["message"].as_str().unwrap();
    assert!(said.contains("MONSHYFLOW_SMTP_URL"), "{said}");
}

#[test]
fn a_tenant_can_take_the_grant_away() {
    let (_runtime, smtp) = smtp(SmtpRules::new());
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(
        data.path(),
        &["--smtp-url", &smtp.url(None), "--mail-from", "a@example.com"],
    );
    let workflow = server.publish(&document(&json!({ "to": "ada@example.com", "text": "x" })));
    let body = json!({ "grants": [] }).to_string().into_bytes();
    let path = "/api/node-types/email-send/1/grants";
    let answer = server
        .send(ureq::http::Method::PUT, path, &[], Some(body))
        .unwrap();
    assert!(answer.status < 300, "{}", answer.body);
    let failed = server.run(&workflow, &json!({}));
    assert_eq!(
        (failed["status"].as_str(), smtp.mails().len()),
        (Some("failed"), 0),
        "{failed}"
    );
}

/// A crash while the mail server thinks: the message is sent again, under the same id.
#[test]
fn a_repetition_bears_the_same_id() {
    let (_runtime, smtp) = smtp(SmtpRules::new().slow(Duration::from_millis(400)));
    let data = tempfile::tempdir().unwrap();
    let url = smtp.url(None);
    let mut server = Server::start(data.path(), &["--smtp-url", &url, "--mail-from", "a@example.com"]);
    let params = json!({ "to": "{{ $json.to }}", "text": "x" });
    let workflow = server.publish(&document(&params));
    let input = json!([{ "to": "ada@example.com" }, { "to": "bob@example.com" }]);
    let started = server.post(
        &format!("/api/workflows/{workflow}/runs"),
        &json!({ "input": input }),
    );
    let run = started.body["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    while smtp.mails().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was sent");
        std::thread::sleep(Duration::from_millis(10));
    }
    server.kill_and_restart();
    let begun = Instant::now();
    let view = loop {
        let view = server.get(&format!("/api/runs/{run}")).body;
        if !matches!(view["status"].as_str(), Some("queued" | "running")) {
            break view;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{view}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(view["status"], "succeeded", "{view}");
    let ids = |to: &str| -> Vec<String> {
        let mails = smtp.mails().into_iter().filter(|mail| mail.to == [to]);
        let id = |data: &str| {
            data.lines()
                .find(|line| line.starts_with("Message-ID:"))
                .unwrap()
                .to_owned()
        };
        mails.map(|mail| id(&mail.data)).collect()
    };
    let (ada, bob) = (ids("ada@example.com"), ids("bob@example.com"));
    assert_eq!(ada.len(), 2, "sent before the crash and again after it");
    assert_eq!(ada[0], ada[1]);
    assert!(!bob.is_empty() && !bob.contains(&ada[0]));
}

#[test]
fn a_wrong_address_of_the_mail_server_is_told_before_the_start() {
    let data = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_monshyflow"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("MONSHYFLOW_SMTP_URL", "smtp://shop:geheim@mail.example.com");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("in the clear") && !said.contains("geheim"),
        "{said}"
    );
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_monshyflow"))
        .args(["serve", "--help"])
        .env("MONSHYFLOW_SMTP_URL", "smtp://shop:geheim@mail.example.com")
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("geheim"));
}
