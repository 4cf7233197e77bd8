use mail_parser::{MessageParser, MimeHeaders};
use monshyflow_capabilities::bindings::monshyflow::node::mail::{Header, Message};
use monshyflow_testkit::smtp::SmtpRules;

use crate::support::{World, attachment, message, send};

#[tokio::test]
async fn a_message_arrives_as_it_was_said() {
    let world = World::plain().await;
    let receipt = world
        .send(Message {
            reply_to: vec!["help@example.com".to_owned()],
            to: vec![
                "Ada Lövelace <ada@example.com>, bob@example.com".to_owned(),
                "\"Carol, C.\" <carol@example.com>".to_owned(),
            ],
            cc: vec!["dave@example.com".to_owned(), "bob@example.com".to_owned()],
            bcc: vec!["eve@example.com".to_owned()],
            subject:
                "Grüße, 北京 — your order №7 has a subject that goes on and on, so that it must be folded"
                    .to_owned(),
            text: Some("Dear Ada,\n.a line with a dot\n..two\nGrüße".to_owned()),
            headers: vec![Header {
                name: "X-Order".to_owned(),
                value: "nümber 7".to_owned(),
            }],
            ..message()
        })
        .await
        .unwrap();
    let mails = world.server.mails();
    let [mail] = mails.as_slice() else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.from, "shop@example.com");
    let everybody = ["ada", "bob", "carol", "dave", "eve"].map(|name| format!("{name}@example.com"));
    assert_eq!(mail.to, everybody, "each once");
    assert_eq!(receipt.accepted, everybody);
    assert!(mail.data.is_ascii() && mail.data.lines().all(|line| line.len() <= 998));
    assert!(!mail.data.contains("eve@example.com"), "blind copies are blind");
    let parsed = MessageParser::default().parse(&mail.data).unwrap();
    assert_eq!(
        parsed.subject(),
        Some("Grüße, 北京 — your order №7 has a subject that goes on and on, so that it must be folded")
    );
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Shop Ünal"), Some("shop@example.com"))
    );
    let to: Vec<_> = parsed
        .to()
        .unwrap()
        .iter()
        .map(|one| (one.name(), one.address().unwrap()))
        .collect();
    assert_eq!(
        to,
        [
            (Some("Ada Lövelace"), "ada@example.com"),
            (None, "bob@example.com"),
            (Some("Carol, C."), "carol@example.com")
        ]
    );
    assert_eq!(
        parsed.reply_to().unwrap().first().unwrap().address(),
        Some("help@example.com")
    );
    assert_eq!(
        parsed.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
        "Dear Ada,\n.a line with a dot\n..two\nGrüße"
    );
    assert!(mail.data.contains("\r\nX-Order: =?utf-8?"), "{}", mail.data);
    assert_eq!(format!("<{}>", parsed.message_id().unwrap()), receipt.message_id);
    assert!(parsed.date().is_some());
}

#[tokio::test]
async fn text_and_html_are_alternatives_and_attachments_keep_their_bytes() {
    let world = World::plain().await;
    let binary: Vec<u8> = (0..200_000_u32).map(|at| (at * 7 % 256) as u8).collect();
    let lines = b"a\nb\r\nc\r.\n..\n".to_vec();
    let mut call = world.call(vec![binary.clone(), lines.clone(), Vec::new()]);
    send(
        &mut call,
        Message {
            sender: Some("Ada <ada@example.org>".to_owned()),
            html: Some("<b>It is on its way ☂</b>".to_owned()),
            attachments: vec![
                attachment(0, "Rechnung für Ada.pdf", "application/pdf"),
                attachment(1, "lines.txt", "text/plain; charset=utf-8"),
                attachment(2, "empty.bin", "application/octet-stream"),
            ],
            ..message()
        },
    )
    .await
    .unwrap();
    let mails = world.server.mails();
    assert_eq!(mails[0].from, "ada@example.org");
    let parsed = MessageParser::default().parse(&mails[0].data).unwrap();
    let mixed = parsed.content_type().unwrap();
    assert_eq!((mixed.ctype(), mixed.subtype()), ("multipart", Some("mixed")));
    assert_eq!(parsed.body_text(0).unwrap().trim_end(), "It is on its way.");
    assert_eq!(
        parsed.body_html(0).unwrap().trim_end(),
        "<b>It is on its way ☂</b>"
    );
    let attachments: Vec<_> = parsed
        .attachments()
        .map(|part| (part.attachment_name().unwrap(), part.contents().to_vec()))
        .collect();
    assert_eq!(
        attachments,
        [
            ("Rechnung für Ada.pdf", binary),
            ("lines.txt", lines),
            ("empty.bin", Vec::new())
        ]
    );
}

#[tokio::test]
async fn html_alone_is_no_multipart() {
    let world = World::plain().await;
    let only = Message {
        text: None,
        html: Some("<p>Hello</p>".to_owned()),
        ..message()
    };
    world.send(only).await.unwrap();
    let mails = world.server.mails();
    assert!(
        mails[0].data.contains("Content-Type: text/html"),
        "{}",
        mails[0].data
    );
    assert!(!mails[0].data.contains("multipart"));
}

#[tokio::test]
async fn a_repeated_call_gives_its_messages_the_same_ids() {
    let world = World::plain().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut call = world.call(Vec::new());
        for _ in 0..2 {
            ids.push(send(&mut call, message()).await.unwrap().message_id);
        }
    }
    assert_eq!(
        ids,
        [
            "<0123abcd.0@example.com>",
            "<0123abcd.1@example.com>",
            "<0123abcd.0@example.com>",
            "<0123abcd.1@example.com>"
        ]
    );
    assert!(
        world.server.connections() < ids.len(),
        "connections are used again"
    );
}

#[tokio::test]
async fn the_relay_logs_in() {
    let login = SmtpRules::new().login("shop", "geheim");
    let world = World::new(login, Some(("shop", "geheim"))).await;
    world.send(message()).await.unwrap();
    assert_eq!(world.server.mails()[0].user.as_deref(), Some("shop"));
}
