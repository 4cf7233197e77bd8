use std::time::Duration;

use monshyflow_capabilities::bindings::monshyflow::node::mail::{Error, Header, Message, Reply};
use monshyflow_capabilities::mail::MailPower;
use monshyflow_capabilities::{CallState, Capability, Limits, Powers};
use monshyflow_testkit::smtp::SmtpRules;

use crate::support::{World, attachment, message, send};

fn header(name: &str, value: &str) -> Vec<Header> {
    vec![Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }]
}

#[track_caller]
fn invalid(outcome: Result<impl std::fmt::Debug, Error>, message: &str) {
    match outcome {
        Err(Error::Invalid(why)) => assert!(why.contains(message), "{why}"),
        other => panic!("{message}: {other:?}"),
    }
}

#[tokio::test]
async fn nothing_breaks_out_of_its_header() {
    let world = World::plain().await;
    let evil = "x\r\nBcc: eve@example.com";
    let text = || vec![evil.to_owned()];
    for bad in [
        Message {
            subject: evil.to_owned(),
            ..message()
        },
        Message {
            subject: "x\ny".to_owned(),
            ..message()
        },
        Message {
            subject: "x\u{2028}y".to_owned(),
            ..message()
        },
        Message {
            to: text(),
            ..message()
        },
        Message {
            cc: text(),
            ..message()
        },
        Message {
            bcc: text(),
            ..message()
        },
        Message {
            reply_to: text(),
            ..message()
        },
        Message {
            sender: Some(format!("{evil} <a@example.com>")),
            ..message()
        },
        Message {
            to: vec!["\"a\r\nRCPT TO:<eve@example.com>\" <ada@example.com>".to_owned()],
            ..message()
        },
        Message {
            headers: header("X-A", evil),
            ..message()
        },
        Message {
            headers: header("X-A\r\nBcc", "eve@example.com"),
            ..message()
        },
        Message {
            headers: header("X-A: b\r\nBcc", "x"),
            ..message()
        },
    ] {
        let outcome = world.send(bad.clone()).await;
        assert!(matches!(outcome, Err(Error::Invalid(_))), "{bad:?}: {outcome:?}");
    }
    let mut call = world.call(vec![b"x".to_vec()]);
    for (name, media_type) in [
        ("a\r\nX: y", "text/plain"),
        ("../a", "text/plain"),
        ("", "text/plain"),
        ("a", "text/plain\r\nX: y"),
        ("a", "nothing"),
    ] {
        let attachments = vec![attachment(0, name, media_type)];
        let outcome = send(
            &mut call,
            Message {
                attachments,
                ..message()
            },
        )
        .await;
        assert!(
            matches!(outcome, Err(Error::Invalid(_))),
            "{name:?} {media_type:?}: {outcome:?}"
        );
    }
    assert_eq!(world.server.mails(), [], "nothing of it was sent");
}

#[tokio::test]
async fn the_hosts_own_headers_are_not_to_be_had() {
    let world = World::plain().await;
    for name in [
        "Bcc",
        "FROM",
        "message-id",
        "Content-Type",
        "Resent-To",
        "DKIM-Signature",
        "Received",
    ] {
        let message = Message {
            headers: header(name, "x"),
            ..message()
        };
        invalid(world.send(message).await, "written by the host");
    }
    let message = Message {
        headers: header("X Y", "x"),
        ..message()
    };
    invalid(world.send(message).await, "no name of a header");
}

#[tokio::test]
async fn addresses_and_bodies_are_checked() {
    let world = World::plain().await;
    for (bad, why) in [
        (
            Message {
                to: vec!["ada".to_owned()],
                ..message()
            },
            "`ada` in `to` is no address",
        ),
        (
            Message {
                to: vec!["<>".to_owned()],
                ..message()
            },
            "no address",
        ),
        (
            Message {
                to: vec!["a@b@c".to_owned()],
                ..message()
            },
            "no address",
        ),
        (
            Message {
                to: vec!["ada@example.com; bob@example.com".to_owned()],
                ..message()
            },
            "no address",
        ),
        (
            Message {
                to: Vec::new(),
                ..message()
            },
            "no recipient",
        ),
        (
            Message {
                to: vec![String::new(), " ".to_owned()],
                ..message()
            },
            "no recipient",
        ),
        (
            Message {
                sender: Some("a@example.com, b@example.com".to_owned()),
                ..message()
            },
            "not one sender",
        ),
        (
            Message {
                sender: Some(String::new()),
                ..message()
            },
            "not one sender",
        ),
        (
            Message {
                text: None,
                ..message()
            },
            "neither text nor HTML",
        ),
        (
            Message {
                attachments: vec![attachment(7, "a", "text/plain")],
                ..message()
            },
            "has no blob",
        ),
    ] {
        invalid(world.send(bad).await, why);
    }
}

#[tokio::test]
async fn there_is_an_end_to_everything() {
    let world = World::plain().await;
    let many = |count: usize| {
        (0..count)
            .map(|at| format!("u{at}@example.com"))
            .collect::<Vec<_>>()
    };
    let limit = |outcome: Result<_, Error>| assert!(matches!(outcome, Err(Error::Limit(_))), "{outcome:?}");
    world
        .send(Message {
            to: many(100),
            ..message()
        })
        .await
        .unwrap();
    assert_eq!(world.server.mails()[0].to.len(), 100);
    limit(
        world
            .send(Message {
                to: many(101),
                ..message()
            })
            .await
            .map(|_| ()),
    );
    limit(
        world
            .send(Message {
                to: many(60),
                bcc: vec!["x@a.example".into(); 41],
                cc: many(101),
                ..message()
            })
            .await
            .map(|_| ()),
    );
    limit(
        world
            .send(Message {
                subject: "x".repeat(2_001),
                ..message()
            })
            .await
            .map(|_| ()),
    );
    world
        .send(Message {
            subject: "ü ".repeat(600),
            ..message()
        })
        .await
        .unwrap();
    let headers = (0..33).flat_map(|at| header(&format!("X-{at}"), "x")).collect();
    limit(world.send(Message { headers, ..message() }).await.map(|_| ()));
    limit(
        world
            .send(Message {
                text: Some("x".repeat((25 << 20) + 1)),
                ..message()
            })
            .await
            .map(|_| ()),
    );
    let mut call = world.call(vec![vec![0; 13 << 20]]);
    let twice = vec![attachment(0, "a", "text/plain"), attachment(0, "b", "text/plain")];
    limit(
        send(
            &mut call,
            Message {
                attachments: twice,
                ..message()
            },
        )
        .await
        .map(|_| ()),
    );
    let mut call = world.call(Vec::new());
    for _ in 0..1_000 {
        invalid(
            send(
                &mut call,
                Message {
                    to: Vec::new(),
                    ..message()
                },
            )
            .await,
            "no recipient",
        );
    }
    limit(send(&mut call, message()).await.map(|_| ()));
}

#[tokio::test]
async fn what_the_server_says_is_told_by_its_class() {
    let rules = SmtpRules::new()
        .recipient("nobody", "550 5.1.1 no such user here")
        .recipient("full", "452 4.2.2 mailbox full")
        .data("554 5.7.1 spam\u{7}")
        .data("451 4.3.0 try later");
    let world = World::new(rules, None).await;
    let to = |name: &str| Message {
        to: vec!["ada@example.com".into(), format!("{name}@example.com")],
        ..message()
    };
    let reply = |code: u16, text: &str| Reply {
        code: Some(code),
        message: text.to_owned(),
    };
    for (message, refused, code, text) in [
        (to("nobody"), true, 550, "5.1.1 no such user here"),
        (to("full"), false, 452, "4.2.2 mailbox full"),
        (to("bob"), true, 554, "5.7.1 spam"),
        (to("bob"), false, 451, "4.3.0 try later"),
    ] {
        let said = match world.send(message).await.unwrap_err() {
            Error::Refused(said) if refused => said,
            Error::Transient(said) if !refused => said,
            other => panic!("{other:?}"),
        };
        let expected = reply(code, text);
        assert_eq!((said.code, said.message), (expected.code, expected.message));
    }
    assert_eq!(world.server.mails(), [], "all or none");
    world.send(to("bob")).await.unwrap();
}

#[tokio::test]
async fn servers_that_are_away_or_break_off_may_come_back() {
    let world = World::new(SmtpRules::new().hangs_up().slow(Duration::from_millis(5)), None).await;
    let outcome = world.send(message()).await;
    assert!(
        matches!(outcome, Err(Error::Transient(Reply { code: None, .. }))),
        "{outcome:?}"
    );
    let World { server, relay } = world;
    drop(server);
    let elsewhere = World::plain().await.server;
    let world = World {
        server: elsewhere,
        relay,
    };
    let outcome = world.send(message()).await;
    assert!(
        matches!(outcome, Err(Error::Transient(Reply { code: None, .. }))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_never_shown() {
    let login = SmtpRules::new().login("shop", "right");
    let world = World::new(login, Some(("shop", "geheim"))).await;
    let Err(Error::Refused(said)) = world.send(message()).await else {
        panic!("it got in")
    };
    assert_eq!(said.code, Some(535));
    assert!(
        !said.message.contains("geheim") && !said.message.contains("Z2VoZWlt"),
        "{}",
        said.message
    );
    assert!(!format!("{:?}", world.relay).contains("geheim"));
}

#[tokio::test]
async fn without_a_grant_or_a_server_nothing_is_sent() {
    let mut call = CallState::new(Powers::default(), &Limits::default());
    let outcome = send(&mut call, message()).await;
    assert!(matches!(outcome, Err(Error::Denied(_))), "{outcome:?}");
    assert_eq!(call.denial().unwrap().capability, Capability::Mail);
    let power = MailPower {
        relay: None,
        id: "x".to_owned(),
    };
    let powers = Powers {
        mail: Some(power),
        ..Powers::default()
    };
    let outcome = send(&mut CallState::new(powers, &Limits::default()), message()).await;
    let Err(Error::Unavailable(why)) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.contains("MONSHYFLOW_SMTP_URL"), "{why}");
}
