use bytes::Bytes;
use monshyflow_store::{ConflictKey, Error, LogEntry, Store};

use super::{MARKS, NOTES, tenant};

pub(crate) async fn number_their_entries(store: Store) {
    let acme = tenant("acme");
    assert_eq!(store.last_index(&acme, &NOTES, "s").await.unwrap(), None);
    store.append(&acme, &NOTES, "s", 0, "zero".into()).await.unwrap();
    store.append(&acme, &NOTES, "s", 1, Bytes::new()).await.unwrap();
    let taken = store.append(&acme, &NOTES, "s", 1, "late".into()).await;
    assert_eq!(
        taken,
        Err(Error::Conflict {
            collection: "notes",
            key: ConflictKey::LogIndex(1)
        })
    );
    // Gaps are the caller's business.
    store
        .append(&acme, &NOTES, "s", 7, vec![0, 255].into())
        .await
        .unwrap();
    assert_eq!(store.last_index(&acme, &NOTES, "s").await.unwrap(), Some(7));
    let entry = |index, bytes: &'static [u8]| LogEntry {
        index,
        bytes: Bytes::from_static(bytes),
    };
    let all = store.read_log(&acme, &NOTES, "s", 0, usize::MAX).await.unwrap();
    assert_eq!(all, [entry(0, b"zero"), entry(1, b""), entry(7, &[0, 255])]);
    assert_eq!(
        store.read_log(&acme, &NOTES, "s", 2, usize::MAX).await.unwrap(),
        all[2..]
    );
    assert_eq!(store.read_log(&acme, &NOTES, "s", u64::MAX, 1).await.unwrap(), []);
    assert!(matches!(
        store.append(&acme, &NOTES, "s", u64::MAX, Bytes::new()).await,
        Err(Error::Misuse(_))
    ));
}

pub(crate) async fn keep_streams_apart(store: Store) {
    let acme = tenant("acme");
    for (log, stream) in [(&NOTES, "a"), (&NOTES, "b"), (&MARKS, "a")] {
        store.append(&acme, log, stream, 0, stream.into()).await.unwrap();
    }
    store.delete_log(&acme, &NOTES, "a").await.unwrap();
    store.delete_log(&acme, &NOTES, "never").await.unwrap();
    assert_eq!(store.last_index(&acme, &NOTES, "a").await.unwrap(), None);
    assert_eq!(store.last_index(&acme, &NOTES, "b").await.unwrap(), Some(0));
    assert_eq!(store.last_index(&acme, &MARKS, "a").await.unwrap(), Some(0));
}

pub(crate) async fn are_read_in_pages(store: Store) {
    let acme = tenant("acme");
    let entries: Vec<Bytes> = (0..100).map(|_| Bytes::from(vec![7; 1_000])).collect();
    store.append_many(&acme, &NOTES, "s", 5, entries).await.unwrap();
    let (mut from, mut pages) = (0, 0);
    loop {
        let page = store.read_log(&acme, &NOTES, "s", from, 10_000).await.unwrap();
        let Some(last) = page.last() else { break };
        assert_eq!(page.len(), 10);
        (from, pages) = (last.index + 1, pages + 1);
    }
    assert_eq!((from, pages), (105, 10));
    // One entry is given even if it is larger than the limit.
    assert_eq!(store.read_log(&acme, &NOTES, "s", 0, 0).await.unwrap().len(), 1);
}

pub(crate) async fn take_many_at_once(store: Store) {
    let acme = tenant("acme");
    let entries = |count: usize| vec![Bytes::from_static(b"x"); count];
    store
        .append_many(&acme, &NOTES, "s", 0, entries(3))
        .await
        .unwrap();
    let overlapping = store.append_many(&acme, &NOTES, "s", 2, entries(3)).await;
    assert_eq!(
        overlapping,
        Err(Error::Conflict {
            collection: "notes",
            key: ConflictKey::LogIndex(2)
        })
    );
    store
        .append_many(&acme, &NOTES, "s", 3, Vec::new())
        .await
        .unwrap();
    assert_eq!(store.last_index(&acme, &NOTES, "s").await.unwrap(), Some(2));
}
