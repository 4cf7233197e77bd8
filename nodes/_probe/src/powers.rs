//! Uses each capability, well or badly.

use serde_json::{Value, json};

use crate::monshyflow::node::types::{Attachment, CreatedItem, OutputItem};
use crate::monshyflow::node::{blobs, credentials, kv, log, mail, suspension, variables};
use crate::{Answer, Call, emit, fail, say};

/// Nothing if no scope is asked for, or if it is there.
fn use_scope(params: &Value) -> Option<Answer> {
    let scope = match params["scope"].as_str()? {
        "node" => kv::Scope::Node,
        "workflow" => kv::Scope::Workflow,
        _ => kv::Scope::Tenant,
    };
    let refused = kv::use_scope(scope).err()?;
    Some(answer(Err::<Value, _>(refused)))
}

fn warn(params: &Value) -> Answer {
    for line in params["lines"].as_array().into_iter().flatten() {
        log::write(log::Level::Warn, line.as_str().unwrap_or_default());
    }
    say(json!("logged"))
}

pub fn run(mode: &str, params: &Value, call: &Call) -> Option<Answer> {
    let text = |name: &str| params[name].as_str().unwrap_or_default().to_owned();
    if let Some(refused) = use_scope(params) {
        return Some(refused);
    }
    Some(match mode {
        "log" => warn(params),
        "kv-get" => answer(kv::get(&text("key")).map(|entry| match entry {
            Some(entry) => {
                json!({ "value": String::from_utf8_lossy(&entry.value), "version": entry.version })
            }
            None => json!(null),
        })),
        "kv-set" => {
            let condition = match params["version"].as_str() {
                Some("absent") => kv::Condition::Absent,
                Some(version) => kv::Condition::Version(version.to_owned()),
                None => kv::Condition::Always,
            };
            let size = params["size"].as_u64().unwrap_or(0) as usize;
            let value = if size > 0 { "x".repeat(size) } else { text("value") };
            answer(kv::set(&text("key"), value.as_bytes(), &condition, None).map(|version| json!(version)))
        }
        "kv-delete" => answer(kv::delete(&text("key")).map(|there| json!(there))),
        "mail" => answer(
            mail::send(&message(params))
                .map(|receipt| json!({ "messageId": receipt.message_id, "accepted": receipt.accepted })),
        ),
        "mail-many" => {
            let sent = (0..params["count"].as_u64().unwrap_or(0)).map(|_| mail::send(&message(params)));
            answer(
                sent.collect::<Result<Vec<_>, _>>()
                    .map(|receipts| json!(receipts.len())),
            )
        }
        "variables" => {
            for variable in params["set"].as_array().into_iter().flatten() {
                variables::set(
                    variable[0].as_str().unwrap_or_default(),
                    variable[1].as_str().unwrap_or_default(),
                );
            }
            match params["then"].as_str() {
                Some("fail") => return Some(fail("changed-its-mind", "after all")),
                Some("wait") => suspension::until(0.0, ""),
                _ => {}
            }
            emit(Vec::new())
        }
        "variables-many" => {
            let value = format!(
                "\"{}\"",
                "x".repeat(params["size"].as_u64().unwrap_or(0) as usize)
            );
            for at in 0..params["count"].as_u64().unwrap_or(0) {
                variables::set(&format!("v{at}"), &value);
            }
            emit(Vec::new())
        }
        "placeholder" => answer(credentials::placeholder(&text("slot"), "token").map(|text| json!(text))),
        "sign" => {
            let signed = credentials::sign(
                &text("slot"),
                "key",
                credentials::Algorithm::HmacSha256,
                b"message",
            );
            answer(signed.map(|mac| json!(mac)))
        }
        "blob-sizes" => {
            let sizes = (0..params["count"].as_u64().unwrap_or(0) as u32).map(blobs::size);
            let known: Vec<Value> = sizes
                .map(|size| size.map_or(json!(null), |size| json!(size)))
                .collect();
            say(json!(known))
        }
        "blob-copy" => match copy(call) {
            Ok(item) => emit(vec![item]),
            Err(error) => fail("blob", &format!("{error:?}")),
        },
        "blob-open" => {
            let readers: Result<Vec<_>, _> = (0..params["count"].as_u64().unwrap_or(0))
                .map(|_| blobs::open(0))
                .collect();
            answer(readers.map(|readers| json!(readers.len())))
        }
        "blob-write" => {
            let piece = vec![7; params["size"].as_u64().unwrap_or(0) as usize];
            let written = blobs::create().and_then(|writer| {
                for _ in 0..params["count"].as_u64().unwrap_or(1) {
                    writer.write(&piece)?;
                }
                Ok(())
            });
            answer(written.map(|()| json!("written")))
        }
        _ => return None,
    })
}

/// With blob 0 attached if `attach` names it.
fn message(params: &Value) -> mail::Message {
    let text = |name: &str| params[name].as_str().map(str::to_owned);
    let texts = |name: &str| params[name].as_array().into_iter().flatten();
    let attachment = |name: String| mail::Attachment {
        blob: params["blob"].as_u64().unwrap_or(0) as u32,
        name,
        media_type: "text/plain".into(),
    };
    mail::Message {
        sender: text("sender"),
        reply_to: Vec::new(),
        to: texts("to")
            .filter_map(|to| Some(to.as_str()?.to_owned()))
            .collect(),
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: text("subject").unwrap_or_default(),
        text: Some(text("text").unwrap_or("x".into())),
        html: None,
        headers: Vec::new(),
        attachments: text("attach").map(attachment).into_iter().collect(),
    }
}

/// The first attachment again, in upper case, under another name.
fn copy(call: &Call) -> Result<OutputItem, blobs::Error> {
    let original = &call.inputs[0].items[0].binary[0];
    let reader = blobs::open(original.blob)?;
    let writer = blobs::create()?;
    loop {
        let piece = reader.read(7)?;
        if piece.is_empty() {
            break;
        }
        writer.write(&piece.to_ascii_uppercase())?;
    }
    let attachment = Attachment {
        name: "copy".into(),
        blob: blobs::finish(writer)?,
        media_type: original.media_type.clone(),
        file_name: original.file_name.clone(),
    };
    Ok(OutputItem::Created(CreatedItem {
        json: "{}".into(),
        binary: vec![attachment],
        source: Vec::new(),
    }))
}

fn answer<E: std::fmt::Debug>(result: Result<Value, E>) -> Answer {
    match result {
        Ok(value) => say(value),
        Err(error) => fail("refused", &format!("{error:?}")),
    }
}
