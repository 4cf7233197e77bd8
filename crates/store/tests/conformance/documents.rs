use monshyflow_store::{Collection, ConflictKey, Error, Find, Store};
use serde_json::{Value, json};

use super::{THINGS, tenant};

pub(crate) async fn live_and_die(store: Store) {
    let acme = tenant("acme");
    assert_eq!(store.get(&acme, &THINGS, "a").await.unwrap(), None);
    store
        .insert(&acme, &THINGS, "a", &json!({"text": "Grüße \u{0} \"x\""}))
        .await
        .unwrap();
    let found = store.get(&acme, &THINGS, "a").await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.version), ("a", 1));
    assert_eq!(
        found.read::<Value>().unwrap(),
        json!({"text": "Grüße \u{0} \"x\""})
    );
    assert!(store.delete(&acme, &THINGS, "a", None).await.unwrap());
    assert!(!store.delete(&acme, &THINGS, "a", None).await.unwrap());
    assert!(!store.delete(&acme, &THINGS, "a", Some(1)).await.unwrap());
    assert_eq!(store.get(&acme, &THINGS, "a").await.unwrap(), None);
}

pub(crate) async fn keep_their_ids_and_unique_keys(store: Store) {
    let acme = tenant("acme");
    store
        .insert(
            &acme,
            &THINGS,
            "a",
            &json!({"key": "k", "group": 1, "slot": true}),
        )
        .await
        .unwrap();
    let conflict = |key| {
        Err(Error::Conflict {
            collection: "things",
            key,
        })
    };
    assert_eq!(
        store.insert(&acme, &THINGS, "a", &json!({})).await,
        conflict(ConflictKey::Id)
    );
    let taken = store.insert(&acme, &THINGS, "b", &json!({"key": "k"})).await;
    assert_eq!(taken, conflict(ConflictKey::Unique(&["key"])));
    let taken = store
        .insert(&acme, &THINGS, "b", &json!({"group": 1, "slot": true}))
        .await;
    assert_eq!(taken, conflict(ConflictKey::Unique(&["group", "slot"])));
    store
        .insert(&acme, &THINGS, "b", &json!({"group": 1, "slot": false}))
        .await
        .unwrap();
    let taken = store
        .replace_if(&acme, &THINGS, "b", 1, &json!({"key": "k"}))
        .await;
    assert_eq!(taken.map(drop), conflict(ConflictKey::Unique(&["key"])));
    // A key is free again when its document lets go of it.
    store
        .replace_if(&acme, &THINGS, "a", 1, &json!({}))
        .await
        .unwrap();
    store
        .replace_if(&acme, &THINGS, "b", 1, &json!({"key": "k"}))
        .await
        .unwrap();
}

pub(crate) async fn change_by_version(store: Store) {
    let acme = tenant("acme");
    store.insert(&acme, &THINGS, "a", &json!({"n": 1})).await.unwrap();
    assert_eq!(
        store.replace_if(&acme, &THINGS, "a", 1, &json!({"n": 2})).await,
        Ok(2)
    );
    let conflict = |found| Error::Conflict {
        collection: "things",
        key: ConflictKey::Version(found),
    };
    assert_eq!(
        store.replace_if(&acme, &THINGS, "a", 1, &json!({})).await,
        Err(conflict(Some(2)))
    );
    assert_eq!(
        store.replace_if(&acme, &THINGS, "b", 1, &json!({})).await,
        Err(conflict(None))
    );
    assert_eq!(
        store.delete(&acme, &THINGS, "a", Some(1)).await,
        Err(conflict(Some(2)))
    );
    let found = store.get(&acme, &THINGS, "a").await.unwrap().unwrap();
    assert_eq!(
        (found.version, found.read::<Value>().unwrap()),
        (2, json!({"n": 2}))
    );
    assert_eq!(store.delete(&acme, &THINGS, "a", Some(2)).await, Ok(true));
}

pub(crate) async fn are_bound_only_by_keys_they_have(store: Store) {
    let acme = tenant("acme");
    for (id, body) in [
        ("a", json!({"group": 1})),
        ("b", json!({"group": 1})),
        ("c", json!({"group": 1, "slot": null})),
    ] {
        store.insert(&acme, &THINGS, id, &body).await.unwrap();
    }
}

pub(crate) async fn have_a_largest_size(store: Store) {
    let acme = tenant("acme");
    let body = |size: usize| json!({"text": "x".repeat(size)});
    store
        .insert(&acme, &THINGS, "fits", &body((16 << 20) - 11))
        .await
        .unwrap();
    let refused = store
        .insert(&acme, &THINGS, "large", &body((16 << 20) - 10))
        .await;
    assert_eq!(
        refused,
        Err(Error::TooLarge {
            size: (16 << 20) + 1,
            limit: 16 << 20
        })
    );
    let refused = store.replace_if(&acme, &THINGS, "fits", 1, &body(16 << 20)).await;
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    let refused = store
        .append(&acme, &super::NOTES, "s", 0, vec![0; (16 << 20) + 1].into())
        .await;
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    assert_eq!(store.get(&acme, &THINGS, "large").await, Ok(None));
}

pub(crate) async fn are_objects_of_declared_collections(store: Store) {
    static UNKNOWN: Collection = Collection {
        name: "unknown",
        unique: &[],
        indexes: &[],
        across_tenants: &[],
    };
    let acme = tenant("acme");
    assert!(matches!(
        store.insert(&acme, &THINGS, "a", &json!([1])).await,
        Err(Error::Misuse(_))
    ));
    assert!(matches!(
        store.insert(&acme, &UNKNOWN, "a", &json!({})).await,
        Err(Error::Misuse(_))
    ));
    assert!(matches!(
        store.get(&acme, &UNKNOWN, "a").await,
        Err(Error::Misuse(_))
    ));
}

pub(crate) async fn have_any_text_as_id(store: Store) {
    let acme = tenant("acme");
    let longest = "x".repeat(1_024);
    let ids = [
        "a",
        "A",
        "a\0",
        "a\0b",
        " ",
        "ä",
        "'; DROP TABLE x",
        "%",
        "_",
        &longest,
    ];
    for id in ids {
        store
            .insert(&acme, &THINGS, id, &json!({"kind": id}))
            .await
            .unwrap();
    }
    for id in ids {
        let found = store.get(&acme, &THINGS, id).await.unwrap().unwrap();
        assert_eq!(
            (found.id.as_str(), found.read::<Value>().unwrap()),
            (id, json!({"kind": id}))
        );
        let page = store
            .find(&acme, Find::by(&THINGS, &["kind"]).equals([id]))
            .await
            .unwrap();
        assert_eq!(page.items, [found]);
    }
    for bad in ["", &"x".repeat(1_025)] {
        assert!(matches!(
            store.insert(&acme, &THINGS, bad, &json!({})).await,
            Err(Error::Misuse(_))
        ));
        let appended = store.append(&acme, &super::NOTES, bad, 0, "x".into()).await;
        assert!(matches!(appended, Err(Error::Misuse(_))));
    }
}
