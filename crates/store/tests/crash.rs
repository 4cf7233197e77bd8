//! A process is killed in the middle of writes; whatever it had been told is stored is there afterwards, and no write of
//! several operations is there in part. Its own `main`, because the process that is killed is this program again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use monshyflow_ids::TenantId;
use monshyflow_store::{Collection, Log, Op, Options, Store};
use serde_json::json;

static THINGS: Collection = Collection {
    name: "things",
    unique: &[&["key"]],
    indexes: &[],
    across_tenants: &[],
};
static NOTES: Log = Log { name: "notes" };
static MARKS: Log = Log { name: "marks" };

const WRITERS: u64 = 8;
const KILLS: u64 = 10;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [role, folder] if role == "write-until-killed" => {
            runtime.block_on(write_until_killed(Path::new(folder)))
        }
        _ => runtime.block_on(acknowledged_writes_survive_a_kill()),
    }
    ExitCode::SUCCESS
}

async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = vec![None; WRITERS as usize];
    let mut total = 0;
    for kill in 0..KILLS {
        for line in lines_until_killed(folder.path(), Duration::from_millis(40 + kill * 37)) {
            let (writer, index) = line.split_once(' ').unwrap();
            let (writer, index): (usize, u64) = (writer.parse().unwrap(), index.parse().unwrap());
            assert!(
                acknowledged[writer] < Some(index),
                "writer {writer} went back to {index}"
            );
            acknowledged[writer] = Some(index);
            total += 1;
        }
        let store = open(folder.path()).await;
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            check(&store, writer, *acknowledged).await;
        }
        store.close().await;
    }
    assert!(total > 100, "only {total} writes were acknowledged");
}

/// Lines that the child had written out when it died.
fn lines_until_killed(folder: &Path, after: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("write-until-killed")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first line says that it has begun.
    let mut all = vec![lines.next().unwrap().unwrap()];
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap()
    });
    // The last line may be cut off.
    let whole = |line: &String| line.ends_with('.');
    all.extend(lines.map_while(Result::ok).filter(whole));
    assert!(!killer.join().unwrap().success());
    all.into_iter()
        .map(|line| line.trim_end_matches('.').to_owned())
        .collect()
}

async fn check(store: &Store, writer: usize, acknowledged: Option<u64>) {
    let (tenant, stream) = (tenant(), format!("{writer}"));
    let notes = store.last_index(&tenant, &NOTES, &stream).await.unwrap();
    let marks = store.last_index(&tenant, &MARKS, &stream).await.unwrap();
    assert!(
        notes >= acknowledged,
        "writer {writer}: {acknowledged:?} was acknowledged, {notes:?} is there"
    );
    assert_eq!(notes, marks, "writer {writer}: a write is there in part");
    let entries = store
        .read_log(&tenant, &NOTES, &stream, 0, usize::MAX)
        .await
        .unwrap();
    assert_eq!(
        entries.len() as u64,
        notes.map_or(0, |last| last + 1),
        "writer {writer}: a gap"
    );
    if let Some(last) = notes {
        let id = format!("{writer}-{last}");
        assert!(
            store.get(&tenant, &THINGS, &id).await.unwrap().is_some(),
            "{id} is missing"
        );
        let next = format!("{writer}-{}", last + 1);
        assert!(
            store.get(&tenant, &THINGS, &next).await.unwrap().is_none(),
            "{next} is there in part"
        );
    }
}

async fn write_until_killed(folder: &Path) {
    let store = open(folder).await;
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let (tenant, stream) = (tenant(), format!("{writer}"));
            let first = store
                .last_index(&tenant, &NOTES, &stream)
                .await
                .unwrap()
                .map_or(0, |last| last + 1);
            for index in first.. {
                let id = format!("{writer}-{index}");
                let ops = vec![
                    Op::append(&tenant, &NOTES, stream.clone(), index, vec![7; 3_000].into()),
                    Op::append(&tenant, &MARKS, stream.clone(), index, "mark".into()),
                    Op::insert(&tenant, &THINGS, id.clone(), &json!({"key": id})).unwrap(),
                ];
                store.write(ops).await.unwrap();
                // One call, so that a line is whole unless the process dies in it.
                std::io::stdout()
                    .write_all(format!("{writer} {index}.\n").as_bytes())
                    .unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn open(folder: &Path) -> Store {
    let options = Options::new(&[&THINGS], &[&NOTES, &MARKS]);
    Store::open(&format!("sqlite://{}/crash.db", folder.display()), options)
        .await
        .unwrap()
}

fn tenant() -> TenantId {
    "acme".parse().unwrap()
}
