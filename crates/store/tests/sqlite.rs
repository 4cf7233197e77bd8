//! The conformance suite on SQLite, and what only SQLite promises.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;

use monshyflow_store::{BY_ID, Collection, Error, Find, Op, Options, Store};
use serde_json::json;
use tempfile::TempDir;

use conformance::{NOTES, OTHERS, THINGS, conformance, options, tenant};

conformance!(crate::open_empty);

async fn open_empty() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, options()).await.unwrap();
    (store, folder)
}

async fn open(folder: &TempDir, options: Options) -> Result<Store, Error> {
    Store::open(&format!("sqlite://{}/test.db", folder.path().display()), options).await
}

#[tokio::test]
async fn a_write_of_several_is_done_wholly_or_not_at_all() {
    let (store, _folder) = open_empty().await;
    let acme = tenant("acme");
    store.insert(&acme, &OTHERS, "there", &json!({})).await.unwrap();
    let insert = |id: &str| Op::insert(&acme, &OTHERS, id, &json!({})).unwrap();
    let failed = store
        .write(vec![
            insert("one"),
            Op::append(&acme, &NOTES, "s", 0, "x".into()),
            insert("there"),
        ])
        .await;
    assert!(failed.unwrap_err().is_conflict());
    assert_eq!(store.get(&acme, &OTHERS, "one").await.unwrap(), None);
    assert_eq!(store.last_index(&acme, &NOTES, "s").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_reported_and_does_not_end_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(
        &folder,
        Options {
            max_file: Some(2 << 20),
            ..options()
        },
    )
    .await
    .unwrap();
    let acme = tenant("acme");
    store.insert(&acme, &OTHERS, "small", &json!({})).await.unwrap();
    let large = json!({"text": "x".repeat(300 << 10)});
    let mut stored = 0;
    let error = loop {
        match store
            .insert(&acme, &OTHERS, &format!("large-{stored}"), &large)
            .await
        {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 10, "the disk does not get full");
    };
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    // What was stored is there, what failed is not, and there is room again after deleting.
    let page = store.find(&acme, Find::by(&OTHERS, BY_ID)).await.unwrap();
    assert_eq!(page.items.len(), stored + 1);
    assert!(store.delete(&acme, &OTHERS, "large-0", None).await.unwrap());
    store.insert(&acme, &OTHERS, "again", &large).await.unwrap();
}

/// Those who ask for more than there is fail alone, though they are in a group with others.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_only_those_who_need_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(
        &folder,
        Options {
            max_file: Some(2 << 20),
            ..options()
        },
    )
    .await
    .unwrap();
    let tasks = (0..60).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            let size = if task % 10 == 3 { 3 << 20 } else { 10 };
            let body = json!({"text": "x".repeat(size)});
            let written = store
                .insert(&tenant("acme"), &OTHERS, &format!("{task}"), &body)
                .await;
            assert_eq!(written.is_err(), size > 10, "{task}: {written:?}");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(
        store
            .find(&tenant("acme"), Find::by(&OTHERS, BY_ID))
            .await
            .unwrap()
            .items
            .len(),
        54
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_finishes_what_was_accepted() {
    let (store, folder) = open_empty().await;
    let acme = tenant("acme");
    let tasks = (0..200).map(|task| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            (
                task,
                store.insert(&acme, &OTHERS, &format!("{task}"), &json!({})).await,
            )
        })
    });
    let tasks: Vec<_> = tasks.collect();
    tokio::task::yield_now().await;
    store.close().await;
    let refused = store.insert(&acme, &OTHERS, "late", &json!({})).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert!(matches!(
        store.get(&acme, &OTHERS, "0").await,
        Err(Error::Unavailable(_))
    ));
    store.close().await;
    let again = open(&folder, options()).await.unwrap();
    for task in tasks {
        let (task, written) = task.await.unwrap();
        let there = again
            .get(&acme, &OTHERS, &format!("{task}"))
            .await
            .unwrap()
            .is_some();
        assert_eq!(there, written.is_ok(), "{task}: {written:?}");
    }
}

#[tokio::test]
async fn indexes_follow_their_declarations() {
    static LATER: Collection = Collection {
        name: "things",
        unique: &[&["key"]],
        indexes: &[&["rank"]],
        across_tenants: &[],
    };
    let folder = tempfile::tempdir().unwrap();
    let acme = tenant("acme");
    let store = open(&folder, options()).await.unwrap();
    for (id, rank) in [("a", 2), ("b", 1)] {
        store
            .insert(
                &acme,
                &THINGS,
                id,
                &json!({"rank": rank, "group": rank, "slot": 1}),
            )
            .await
            .unwrap();
    }
    store.close().await;
    let store = open(&folder, Options::new(&[&LATER], &[])).await.unwrap();
    let page = store.find(&acme, Find::by(&LATER, &["rank"])).await.unwrap();
    assert_eq!(page.items[0].id, "b");
    // The unique key over group and slot is gone.
    store
        .insert(&acme, &LATER, "c", &json!({"group": 1, "slot": 1}))
        .await
        .unwrap();
    store.close().await;
    let error = open(&folder, options()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("documents in `things` have equal group, slot"),
        "{error}"
    );
}

#[tokio::test]
async fn other_files_and_urls_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["", "sqlite:", "sqlite://relative.db", "postgres://x/y"] {
        assert!(
            matches!(Store::open(url, options()).await, Err(Error::Misuse(_))),
            "{url}"
        );
    }
    let foreign = rusqlite::Connection::open(folder.path().join("test.db")).unwrap();
    foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
    drop(foreign);
    let error = open(&folder, options()).await.unwrap_err();
    assert!(error.to_string().contains("of another program"), "{error}");

    std::fs::write(
        folder.path().join("test.db"),
        "no database, but long enough to be looked at".repeat(100),
    )
    .unwrap();
    assert!(matches!(open(&folder, options()).await, Err(Error::Damaged(_))));
    let url = format!("sqlite://{}/missing/test.db", folder.path().display());
    assert!(matches!(
        Store::open(&url, options()).await,
        Err(Error::Unavailable(_))
    ));
}

#[tokio::test]
async fn names_are_checked() {
    static BAD: Collection = Collection {
        name: "x; DROP",
        unique: &[],
        indexes: &[],
        across_tenants: &[],
    };
    static BAD_FIELD: Collection = Collection {
        name: "x",
        unique: &[&["a')"]],
        indexes: &[],
        across_tenants: &[],
    };
    static SAME: Collection = Collection {
        name: "things",
        unique: &[],
        indexes: &[],
        across_tenants: &[],
    };
    let folder = tempfile::tempdir().unwrap();
    for collections in [&[&BAD] as &[_], &[&BAD_FIELD], &[&THINGS, &SAME]] {
        let refused = open(&folder, Options::new(collections, &[])).await;
        assert!(matches!(refused, Err(Error::Misuse(_))), "{refused:?}");
    }
}
