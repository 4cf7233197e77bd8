use std::sync::Arc;

use monshyflow_capabilities::Powers;
use monshyflow_capabilities::mail::{MailPower, Relay, RelayConfig};
use monshyflow_testkit::smtp::{SmtpRules, SmtpServer};
use serde_json::{Value, json};

use crate::harness::*;

struct Post {
    server: SmtpServer,
    powers: Powers,
}

async fn post(rules: SmtpRules) -> Post {
    let server = SmtpServer::start(rules).await.unwrap();
    let relay = Relay::new(&RelayConfig {
        url: server.url(None),
        sender: Some("probe@example.com".to_owned()),
    });
    let power = MailPower {
        relay: Some(Arc::new(relay.unwrap())),
        id: "c0ffee".to_owned(),
    };
    let powers = Powers {
        mail: Some(power),
        ..powers()
    };
    Post { server, powers }
}

fn mail(fields: &Value) -> Value {
    let mut params =
        json!({ "mode": "mail", "to": ["ada@example.com"], "subject": "Grüße", "text": "Hallo" });
    for (name, value) in fields.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

#[tokio::test]
async fn a_guest_sends_mail() {
    let post = post(SmtpRules::new()).await;
    let outcome = call_with(mail(&json!({})), post.powers.clone(), &budget()).await;
    assert_eq!(
        said(&outcome),
        json!({ "messageId": "<c0ffee.0@example.com>", "accepted": ["ada@example.com"] })
    );
    assert!(outcome.cost.capabilities.contains(&("mail", 1)));
    let mails = post.server.mails();
    assert_eq!((mails.len(), mails[0].from.as_str()), (1, "probe@example.com"));
    let many = json!({ "mode": "mail-many", "count": 30, "to": ["bob@example.com"] });
    let outcome = call_with(many, post.powers.clone(), &budget()).await;
    assert_eq!(said(&outcome), json!(30));
    assert_eq!(post.server.mails().len(), 31);
}

#[tokio::test]
async fn a_guest_that_abuses_mail_is_told_so() {
    let post = post(SmtpRules::new().recipient("nobody", "550 no such user")).await;
    for (fields, message) in [
        (json!({ "to": ["nobody@example.com"] }), "Refused"),
        (json!({ "to": [] }), "no recipient"),
        (json!({ "to": ["ada@example.com\r\nDATA"] }), "control character"),
        (
            json!({ "subject": "x\r\nBcc: eve@example.com" }),
            "control character",
        ),
        (json!({ "sender": "a@b, c@d" }), "not one sender"),
        (
            json!({ "attach": "a.txt", "blob": 4_000_000_000_u32 }),
            "has no blob",
        ),
    ] {
        let outcome = call_with(mail(&fields), post.powers.clone(), &budget()).await;
        assert_code(&error_of(outcome).await, "refused", message);
    }
    assert_eq!(post.server.mails(), []);
}

#[tokio::test]
async fn without_a_grant_there_is_no_mail() {
    let error = refused(mail(&json!({}))).await;
    assert_code(&error, "denied", "its manifest must request `mail`");
}

#[tokio::test]
async fn without_a_server_there_is_no_mail() {
    let powers = Powers {
        mail: Some(MailPower {
            relay: None,
            id: "x".to_owned(),
        }),
        ..powers()
    };
    let outcome = call_with(mail(&json!({})), powers, &budget()).await;
    assert_code(&error_of(outcome).await, "refused", "MONSHYFLOW_SMTP_URL");
}
