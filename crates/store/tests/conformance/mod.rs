use monshyflow_store::*;
use serde_json::json;

pub static THINGS: Collection = Collection {
    name: "things",
    unique: &[&["key"]],
    indexes: &[&["kind"], &["kind", "rank"]],
    across_tenants: &[&["due"]],
};
pub static NOTES: Log = Log { name: "notes" };

pub fn options() -> Options {
    Options::new(&[&THINGS], &[&NOTES])
}

pub async fn smoke(store: Store) {
    let t = "acme".parse().unwrap();
    for i in 0..10 {
        store
            .insert(
                &t,
                &THINGS,
                &format!("id{i}"),
                &json!({"kind":"a","rank":i % 3, "key": i, "due": i}),
            )
            .await
            .unwrap();
    }
    let mut seen = vec![];
    let mut cursor = None;
    loop {
        let page = store
            .find(
                &t,
                Find::by(&THINGS, &["kind", "rank"])
                    .equals(["a"])
                    .descending()
                    .limit(3)
                    .after(cursor),
            )
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|d| d.id.clone()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            "id8", "id5", "id2", "id7", "id4", "id1", "id9", "id6", "id3", "id0"
        ]
    );
    let e = store
        .insert(&t, &THINGS, "other", &json!({"key": 3}))
        .await
        .unwrap_err();
    assert_eq!(
        e,
        Error::Conflict {
            collection: "things",
            key: ConflictKey::Unique(&["key"])
        }
    );
    let e = store.insert(&t, &THINGS, "id1", &json!({})).await.unwrap_err();
    assert_eq!(
        e,
        Error::Conflict {
            collection: "things",
            key: ConflictKey::Id
        }
    );
    let p = store
        .find_any_tenant(Find::by(&THINGS, &["due"]).below(3).limit(2))
        .await
        .unwrap();
    assert_eq!(p.items.len(), 2);
    let p = store
        .find_any_tenant(Find::by(&THINGS, &["due"]).below(3).limit(2).after(p.next))
        .await
        .unwrap();
    assert_eq!(p.items.len(), 1);
    let p = store
        .find(&t, Find::by(&THINGS, &["kind"]).equals(["a"]).limit(4))
        .await
        .unwrap();
    let p2 = store
        .find(
            &t,
            Find::by(&THINGS, &["kind"]).equals(["a"]).limit(4).after(p.next),
        )
        .await
        .unwrap();
    assert_eq!(p2.items[0].id, "id4");
    let p = store
        .find(&t, Find::by(&THINGS, BY_ID).descending().limit(4))
        .await
        .unwrap();
    assert_eq!(p.items[0].id, "id9");
    store
        .append_many(&t, &NOTES, "s", 0, vec!["a".into(), "b".into()])
        .await
        .unwrap();
    assert_eq!(store.last_index(&t, &NOTES, "s").await.unwrap(), Some(1));
    let merge = json!({"due": null}).as_object().unwrap().clone();
    let (_, d) = store
        .claim_any_tenant(Find::by(&THINGS, &["due"]), merge)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((d.id.as_str(), d.version), ("id0", 2));
    store.close().await;
    assert!(matches!(
        store.get(&t, &THINGS, "x").await,
        Err(Error::Unavailable(_))
    ));
}
