use monshyflow_store::{BY_ID, Find, Op, Store, Written};
use serde_json::{Map, json};

use super::{NOTES, THINGS, tenant};

pub(crate) async fn see_nothing_of_each_other(store: Store) {
    let (acme, evil) = (tenant("acme"), tenant("evil"));
    store
        .insert(&acme, &THINGS, "a", &json!({"kind": "a", "rank": 1, "key": "k"}))
        .await
        .unwrap();
    store
        .insert(&acme, &THINGS, "b", &json!({"kind": "a", "rank": 2}))
        .await
        .unwrap();
    store
        .append(&acme, &NOTES, "s", 0, "secret".into())
        .await
        .unwrap();

    assert_eq!(store.get(&evil, &THINGS, "a").await.unwrap(), None);
    assert!(
        store
            .replace_if(&evil, &THINGS, "a", 1, &json!({}))
            .await
            .unwrap_err()
            .is_conflict()
    );
    assert!(!store.delete(&evil, &THINGS, "a", None).await.unwrap());
    let by_rank = || Find::by(&THINGS, &["kind", "rank"]).equals(["a"]).limit(1);
    for find in [
        by_rank(),
        Find::by(&THINGS, &["kind"]).equals(["a"]),
        Find::by(&THINGS, BY_ID),
    ] {
        assert_eq!(store.find(&evil, find).await.unwrap().items, []);
    }
    // A cursor is no key to another tenant.
    let cursor = store.find(&acme, by_rank()).await.unwrap().next;
    assert!(cursor.is_some());
    assert_eq!(
        store.find(&evil, by_rank().after(cursor)).await.unwrap().items,
        []
    );
    assert_eq!(store.claim(&evil, by_rank(), Map::new()).await.unwrap(), None);
    assert_eq!(store.read_log(&evil, &NOTES, "s", 0, 100).await.unwrap(), []);
    assert_eq!(store.last_index(&evil, &NOTES, "s").await.unwrap(), None);
    let deleted = store
        .write(vec![Op::DeleteLog {
            tenant: evil,
            log: &NOTES,
            stream: "s".into(),
        }])
        .await;
    assert_eq!(deleted.unwrap(), [Written::Deleted(0)]);

    assert_eq!(store.get(&acme, &THINGS, "a").await.unwrap().unwrap().version, 1);
    assert_eq!(store.last_index(&acme, &NOTES, "s").await.unwrap(), Some(0));
}

pub(crate) async fn may_use_the_same_ids_and_keys(store: Store) {
    for name in ["acme", "evil"] {
        let tenant = tenant(name);
        store
            .insert(&tenant, &THINGS, "a", &json!({"key": "k", "group": 1, "slot": 1}))
            .await
            .unwrap();
        store.append(&tenant, &NOTES, "s", 0, name.into()).await.unwrap();
    }
    let read = store
        .read_log(&tenant("evil"), &NOTES, "s", 0, 100)
        .await
        .unwrap();
    assert_eq!(read[0].bytes.as_ref(), b"evil");
}
