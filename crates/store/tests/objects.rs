//! The object store in a folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use monshyflow_ids::{RunId, TenantId};
use monshyflow_store::{Durable, ObjectError, ObjectKey, Objects};

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

fn run(number: u64) -> RunId {
    RunId::at(number, [0; 10])
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test]
async fn objects_come_back_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open_folder(&folder.path().join("new")).unwrap();
    for (number, durable) in [(1, Durable::Now), (2, Durable::AtSync)] {
        let key = ObjectKey::run_segment(&tenant("acme"), run(number), [number as u8; 16]);
        assert!(matches!(objects.get(&key).await, Err(ObjectError::NotFound(_))));
        objects
            .put(&key, Bytes::from_static(b"0123456789"), durable)
            .await
            .unwrap();
        objects.sync(std::slice::from_ref(&key)).await.unwrap();
        assert_eq!(objects.get(&key).await.unwrap(), "0123456789");
        assert_eq!(objects.get_range(&key, 2..5).await.unwrap(), "234");
        assert_eq!(objects.get_range(&key, 8..99).await.unwrap(), "89");
        assert_eq!(objects.get_range(&key, 10..99).await.unwrap(), "");
        assert_eq!(objects.size(&key).await.unwrap(), 10);
        let parts: Vec<Bytes> = objects
            .get_stream(&key)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(parts.concat(), b"0123456789");
        objects.delete(&key).await.unwrap();
        objects.delete(&key).await.unwrap();
        assert!(matches!(objects.size(&key).await, Err(ObjectError::NotFound(_))));
        assert!(matches!(
            objects.sync(&[key]).await,
            Err(ObjectError::Unavailable(_))
        ));
    }
}

#[tokio::test]
async fn streams_are_stored_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open_folder(folder.path()).unwrap();
    let key = ObjectKey::run_blob(&tenant("acme"), run(1), [1; 16]);
    let parts = || stream::iter(0..50_u8).map(|part| Ok::<_, String>(Bytes::from(vec![part; 300_000])));
    let broken = parts()
        .take(30)
        .chain(stream::iter([Err("the line broke".to_owned())]));
    let error = objects.put_stream(&key, broken, Durable::Now).await.unwrap_err();
    assert!(matches!(error, ObjectError::Source(why) if why == "the line broke"));
    assert!(matches!(objects.get(&key).await, Err(ObjectError::NotFound(_))));
    assert_eq!(files(folder.path()), Vec::<std::path::PathBuf>::new());

    assert_eq!(
        objects.put_stream(&key, parts(), Durable::Now).await.unwrap(),
        15_000_000
    );
    let there = objects.get_range(&key, 14_699_999..14_700_001).await.unwrap();
    assert_eq!(there.as_ref(), [48, 49]);
    let empty = ObjectKey::run_blob(&tenant("acme"), run(1), [2; 16]);
    assert_eq!(
        objects
            .put_stream(&empty, stream::empty::<Result<Bytes, String>>(), Durable::Now)
            .await
            .unwrap(),
        0
    );
    assert_eq!(objects.get(&empty).await.unwrap(), "");
}

#[tokio::test]
async fn deleting_a_run_deletes_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open_folder(folder.path()).unwrap();
    let keep = [
        ObjectKey::run_segment(&tenant("acme"), run(2), [1; 16]),
        ObjectKey::run_segment(&tenant("acme-2"), run(1), [1; 16]),
        ObjectKey::component(&tenant("acme"), &"0f".repeat(32)).unwrap(),
        ObjectKey::host_component(&"0f".repeat(32)).unwrap(),
    ];
    let gone = [
        ObjectKey::run_segment(&tenant("acme"), run(1), [1; 16]),
        ObjectKey::run_blob(&tenant("acme"), run(1), [1; 16]),
    ];
    for key in keep.iter().chain(&gone) {
        objects
            .put(key, Bytes::from_static(b"x"), Durable::AtSync)
            .await
            .unwrap();
    }
    let prefix = ObjectKey::run(&tenant("acme"), run(1));
    assert_eq!(objects.delete_prefix(&prefix).await.unwrap(), 2);
    assert_eq!(objects.delete_prefix(&prefix).await.unwrap(), 0);
    for key in &keep {
        objects.size(key).await.unwrap();
    }
    assert_eq!(files(folder.path()).len(), keep.len());
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(Objects::open_folder(&file.join("below")).is_err());
}
