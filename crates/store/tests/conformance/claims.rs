use std::collections::BTreeSet;

use monshyflow_store::{Find, Store};
use serde_json::{Map, Value, json};

use super::{THINGS, tenant};

pub(crate) async fn give_each_document_once(store: Store) {
    let acme = tenant("acme");
    let documents = (0..150).map(|number| (format!("{number}"), json!({"kind": "waiting", "rank": number})));
    store.insert_many(&acme, &THINGS, documents).await.unwrap();
    let claimers = (0..25).map(|claimer| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            let mut mine = Vec::new();
            while let Some(document) = store.claim(&acme, waiting(), taken_by(claimer)).await.unwrap() {
                assert_eq!(document.version, 2);
                assert_eq!(document.read::<Value>().unwrap()["owner"], claimer);
                mine.push(document.id);
            }
            mine
        })
    });
    let mut all = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        all.extend(claimer.await.unwrap());
    }
    assert_eq!(all.len(), 150);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 150);
}

pub(crate) async fn merge_fields(store: Store) {
    let acme = tenant("acme");
    store
        .insert(&acme, &THINGS, "late", &json!({"kind": "waiting", "rank": 2}))
        .await
        .unwrap();
    store
        .insert(
            &acme,
            &THINGS,
            "early",
            &json!({"kind": "waiting", "rank": 1, "due": 5, "keep": [1]}),
        )
        .await
        .unwrap();
    let merge = object(json!({"due": null, "kind": "taken", "owner": {"name": "w"}}));
    let claimed = store
        .claim(&acme, waiting().below(2), merge)
        .await
        .unwrap()
        .unwrap();
    let expected = json!({"kind": "taken", "rank": 1, "keep": [1], "owner": {"name": "w"}});
    assert_eq!(
        (claimed.id.as_str(), claimed.read::<Value>().unwrap()),
        ("early", expected)
    );
    assert_eq!(store.get(&acme, &THINGS, "early").await.unwrap(), Some(claimed));
    assert_eq!(
        store.claim(&acme, waiting().below(2), Map::new()).await.unwrap(),
        None
    );
}

pub(crate) async fn go_over_all_tenants(store: Store) {
    for (name, due) in [("b", 2), ("a", 1), ("c", 3)] {
        store
            .insert(&tenant(name), &THINGS, "same", &json!({"due": due}))
            .await
            .unwrap();
    }
    for expected in ["a", "b", "c"] {
        let find = Find::by(&THINGS, &["due"]).below(9);
        let claimed = store
            .claim_any_tenant(find, object(json!({"due": null})))
            .await
            .unwrap();
        assert_eq!(claimed.unwrap().0.as_str(), expected);
    }
    let left = store
        .claim_any_tenant(Find::by(&THINGS, &["due"]), Map::new())
        .await
        .unwrap();
    assert_eq!(left, None);
}

fn waiting() -> Find {
    Find::by(&THINGS, &["kind", "rank"]).equals(["waiting"])
}

fn taken_by(owner: u64) -> Map<String, Value> {
    object(json!({"kind": "taken", "owner": owner}))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
