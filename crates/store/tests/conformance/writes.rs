use monshyflow_store::{ConflictKey, Error, Op, Store, Written};
use serde_json::{Value, json};

use super::{NOTES, OTHERS, THINGS, tenant};

pub(crate) async fn are_seen_when_answered(store: Store) {
    let acme = tenant("acme");
    let tasks = (0..20).map(|task| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            for number in 0..10 {
                let id = format!("{task}-{number}");
                store.insert(&acme, &THINGS, &id, &json!({})).await.unwrap();
                assert!(store.get(&acme, &THINGS, &id).await.unwrap().is_some(), "{id}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

pub(crate) async fn stop_at_the_first_failure(store: Store) {
    let acme = tenant("acme");
    store.insert(&acme, &OTHERS, "there", &json!({})).await.unwrap();
    let ops = |last: &str| {
        vec![
            Op::append(&acme, &NOTES, "s", 0, "one".into()),
            Op::insert(&acme, &OTHERS, last, &json!({})).unwrap(),
            Op::Delete {
                tenant: acme.clone(),
                collection: &OTHERS,
                id: "there".into(),
                version: Some(1),
            },
        ]
    };
    let failed = store.write(ops("there")).await;
    assert_eq!(
        failed,
        Err(Error::Conflict {
            collection: "others",
            key: ConflictKey::Id
        })
    );
    // The first may have been done; the last was not.
    assert!(store.get(&acme, &OTHERS, "there").await.unwrap().is_some());
    store.delete_log(&acme, &NOTES, "s").await.unwrap();
    let done = store.write(ops("new")).await.unwrap();
    assert_eq!(
        done,
        [Written::Appended, Written::Version(1), Written::Deleted(1)]
    );
    assert_eq!(store.write(Vec::new()).await.unwrap(), []);
}

pub(crate) async fn do_not_harm_their_neighbours(store: Store) {
    let acme = tenant("acme");
    store.insert(&acme, &OTHERS, "taken", &json!({})).await.unwrap();
    let tasks = (0..100).map(|task| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            let id = if task % 3 == 0 {
                "taken".to_owned()
            } else {
                format!("new-{task}")
            };
            let note = Op::append(&acme, &NOTES, format!("{task}"), 0, "x".into());
            let written = store
                .write(vec![Op::insert(&acme, &OTHERS, id, &json!({})).unwrap(), note])
                .await;
            assert_eq!(written.is_err(), task % 3 == 0, "{task}: {written:?}");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for task in 0..100 {
        let last = store.last_index(&acme, &NOTES, &format!("{task}")).await.unwrap();
        assert_eq!(last.is_none(), task % 3 == 0, "{task}");
    }
}

pub(crate) async fn let_one_of_many_replace(store: Store) {
    let acme = tenant("acme");
    store.insert(&acme, &THINGS, "a", &json!({})).await.unwrap();
    let tasks = (0..100).map(|task| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            store
                .replace_if(&acme, &THINGS, "a", 1, &json!({"by": task}))
                .await
        })
    });
    let mut won = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(version) => won += version,
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
    assert_eq!(won, 2);
}

pub(crate) async fn let_one_of_many_insert(store: Store) {
    let acme = tenant("acme");
    let tasks = (0..100).map(|task| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            store
                .insert(&acme, &THINGS, &format!("{task}"), &json!({"key": "one"}))
                .await
        })
    });
    let mut won = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => {
                let key = ConflictKey::Unique(&["key"]);
                assert_eq!(
                    error,
                    Error::Conflict {
                        collection: "things",
                        key
                    }
                );
            }
        }
    }
    assert_eq!(won, 1);
}

pub(crate) async fn count_every_replacement(store: Store) {
    let acme = tenant("acme");
    store
        .insert(&acme, &THINGS, "counter", &json!({"n": 0}))
        .await
        .unwrap();
    let tasks = (0..100).map(|_| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            loop {
                let read = store.get(&acme, &THINGS, "counter").await.unwrap().unwrap();
                let n = read.read::<Value>().unwrap()["n"].as_u64().unwrap();
                match store
                    .replace_if(&acme, &THINGS, "counter", read.version, &json!({"n": n + 1}))
                    .await
                {
                    Ok(_) => break,
                    Err(error) => assert!(error.is_conflict(), "{error}"),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let counter = store.get(&acme, &THINGS, "counter").await.unwrap().unwrap();
    assert_eq!(
        (counter.version, counter.read::<Value>().unwrap()),
        (101, json!({"n": 100}))
    );
}
