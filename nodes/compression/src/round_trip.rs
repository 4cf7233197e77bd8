//! What is compressed comes back; cases cannot show it, as the bytes of an archive are the library's choice.

use std::io::Write;

use monshyflow_sdk::{Attachment, Call, CallParams, Context, Input, Item, ItemRef, OutputItem, blobs};

fn attachment(name: &str, file_name: Option<&str>, bytes: &[u8]) -> Attachment {
    let mut writer = blobs::create().unwrap();
    writer.write_all(bytes).unwrap();
    writer
        .finish(name, "text/plain", file_name.map(str::to_owned))
        .unwrap()
}

/// The attachments of the one item that comes of one item.
fn run(params: &str, attachments: Vec<Attachment>) -> Vec<Attachment> {
    let at = ItemRef { input: 0, index: 0 };
    let items = vec![Item::new("{}".to_owned(), attachments, at)];
    let call = Call {
        params: CallParams::Shared(params.to_owned()),
        inputs: vec![Input {
            port: "main".to_owned(),
            items,
        }],
        context: Context {
            run_id: String::new(),
            step_id: String::new(),
            node_name: String::new(),
            workflow_name: String::new(),
            attempt: 1,
            iteration: Vec::new(),
            run_time_ms: 0.0,
            time_zone: "UTC".to_owned(),
            keep_going: false,
        },
    };
    let mut outcome = crate::call(call).unwrap();
    match outcome.outputs.remove(0).1.remove(0) {
        OutputItem::Created(created) => created.binary,
        other => panic!("a new item was expected, not {other:?}"),
    }
}

fn contents(attachments: &[Attachment]) -> Vec<(String, Option<String>, Vec<u8>)> {
    let contents = attachments.iter();
    contents
        .map(|one| {
            (
                one.name.clone(),
                one.file_name.clone(),
                one.read(usize::MAX - 1).unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_zip_of_several_files() {
    let large: Vec<u8> = (0..60_000_u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect();
    for level in [0, 1, 9] {
        let files = vec![
            attachment("a", Some("a.txt"), b"first"),
            attachment("b", Some("a.txt"), &large),
            attachment("c", None, b""),
        ];
        let archive = run(
            &format!(r#"{{"operation":"compress","attachments":[],"level":{level}}}"#),
            files,
        );
        assert_eq!(archive.len(), 1);
        assert_eq!(archive[0].media_type, "application/zip");
        assert_eq!(
            archive[0].size().unwrap() > large.len() as u64,
            level == 0,
            "level {level}"
        );
        let expected = [
            ("file_0".to_owned(), Some("a.txt".to_owned()), b"first".to_vec()),
            ("file_1".to_owned(), Some("a_1.txt".to_owned()), large.clone()),
            ("file_2".to_owned(), Some("c".to_owned()), Vec::new()),
        ];
        assert_eq!(contents(&run("{}", archive)), expected);
    }
}

#[test]
fn a_gzip_for_each_file() {
    let files = vec![
        attachment("a", Some("a.csv"), b"1;2"),
        attachment("b", None, b"x"),
    ];
    let archives = run(
        r#"{"operation":"compress","format":"gzip","attachments":[],"output":"gz"}"#,
        files,
    );
    let names: Vec<_> = archives
        .iter()
        .map(|one| (one.name.as_str(), one.file_name.as_deref()))
        .collect();
    assert_eq!(names, [("gz_0", Some("a.csv.gz")), ("gz_1", Some("b.gz"))]);
    let unpacked = run(r#"{"attachments":[]}"#, archives);
    assert_eq!(unpacked[0].media_type, "text/csv");
    let expected = [
        ("file_0".to_owned(), Some("a.csv".to_owned()), b"1;2".to_vec()),
        ("file_1".to_owned(), Some("b".to_owned()), b"x".to_vec()),
    ];
    assert_eq!(contents(&unpacked), expected);
}
