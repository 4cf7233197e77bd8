use std::collections::BTreeSet;

use monshyflow_store::{BY_ID, Error, Find, Index, Store};
use serde_json::{Value, json};

use super::{OTHERS, THINGS, ids, tenant};

pub(crate) async fn follow_the_index(store: Store) {
    let acme = tenant("acme");
    for number in 0..10 {
        let body = json!({"kind": "a", "rank": number % 3, "key": number});
        store
            .insert(&acme, &THINGS, &format!("id{number}"), &body)
            .await
            .unwrap();
    }
    store
        .insert(&acme, &THINGS, "no-rank", &json!({"kind": "a"}))
        .await
        .unwrap();
    let by_rank = || Find::by(&THINGS, &["kind", "rank"]).equals(["a"]);
    let all = all_pages(&store, by_rank().descending().limit(3)).await;
    assert_eq!(
        all,
        [
            "id8", "id5", "id2", "id7", "id4", "id1", "id9", "id6", "id3", "id0"
        ]
    );
    let count = async |find, at_most| store.count(&acme, find, at_most).await.unwrap();
    assert_eq!(count(by_rank().limit(3), 100).await, 10);
    assert_eq!(count(by_rank(), 7).await, 7);
    assert_eq!(count(by_rank().at_least(2), 100).await, 3);
    assert_eq!(store.count(&tenant("other"), by_rank(), 100).await.unwrap(), 0);
    let some = all_pages(&store, by_rank().at_least(1).below(2).limit(2)).await;
    assert_eq!(some, ["id1", "id4", "id7"]);
    let exactly = Find::by(&THINGS, &["kind", "rank"])
        .equals([json!("a"), json!(0)])
        .descending()
        .limit(3);
    assert_eq!(all_pages(&store, exactly).await, ["id9", "id6", "id3", "id0"]);
    let by_kind = Find::by(&THINGS, &["kind"])
        .equals(["a"])
        .at_least("id8")
        .limit(1);
    assert_eq!(all_pages(&store, by_kind).await, ["id8", "id9", "no-rank"]);
    let by_key = Find::by(&THINGS, &["key"])
        .equals(Vec::<Value>::new())
        .below(4)
        .descending()
        .limit(3);
    assert_eq!(all_pages(&store, by_key).await, ["id3", "id2", "id1", "id0"]);
    assert_eq!(
        all_pages(&store, Find::by(&THINGS, BY_ID).descending().limit(4)).await[0],
        "no-rank"
    );
    assert_eq!(
        all_pages(&store, Find::by(&THINGS, &["kind"]).equals(["b"])).await,
        Vec::<String>::new()
    );
}

/// Compares pages over random documents with sorting them all.
pub(crate) async fn agree_with_a_plain_model(store: Store) {
    let acme = tenant("acme");
    let mut random = 1_u64;
    let mut dice = |sides: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let mut model: Vec<(String, Value, Value)> = Vec::new();
    for number in 0..200 {
        let kind = ["a", "b", ""]
            .get(dice(4) as usize)
            .map_or(Value::Null, |kind| json!(kind));
        let rank = if dice(5) == 0 {
            Value::Null
        } else {
            json!(dice(7) as i64 - 3)
        };
        let id = format!("{:02}-{number}", dice(50));
        store
            .insert(&acme, &THINGS, &id, &json!({"kind": kind, "rank": rank}))
            .await
            .unwrap();
        model.push((id, kind, rank));
    }
    for _ in 0..120 {
        let kind = ["a", "b", "", "c"][dice(4) as usize];
        let (descending, limit) = (dice(2) == 0, dice(9) as usize + 1);
        let from = (dice(2) == 0).then(|| dice(7) as i64 - 3);
        let below = (dice(2) == 0).then(|| dice(7) as i64 - 2);
        let mut find = Find::by(&THINGS, &["kind", "rank"]).equals([kind]).limit(limit);
        find = if descending { find.descending() } else { find };
        find = from.map_or(find.clone(), |from| find.at_least(from));
        find = below.map_or(find.clone(), |below| find.below(below));
        let mut expected: Vec<(i64, String)> = model
            .iter()
            .filter(|(_, its_kind, _)| its_kind == kind)
            .filter_map(|(id, _, rank)| Some((rank.as_i64()?, id.clone())))
            .filter(|(rank, _)| {
                from.is_none_or(|from| *rank >= from) && below.is_none_or(|below| *rank < below)
            })
            .collect();
        expected.sort();
        if descending {
            expected.reverse();
        }
        let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
        assert_eq!(all_pages(&store, find.clone()).await, expected, "{find:?}");
    }
}

/// What was there from the start is seen once, whatever comes meanwhile.
pub(crate) async fn go_on_while_others_insert(store: Store) {
    let acme = tenant("acme");
    let insert = async |id: String| {
        store
            .insert(&acme, &THINGS, &id, &json!({"kind": "a"}))
            .await
            .unwrap()
    };
    for number in 0..40 {
        insert(format!("{:03}", number * 2)).await;
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    for round in 0.. {
        let find = Find::by(&THINGS, &["kind"]).equals(["a"]).limit(7).after(cursor);
        let page = store.find(&acme, find).await.unwrap();
        seen.extend(page.items.into_iter().map(|document| document.id));
        // One before and one behind the place where the page ended.
        insert(format!("{:03}", round * 8 + 1)).await;
        insert(format!("{:03}-behind", round + 70)).await;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:?}");
    assert!(
        (0..40).all(|number| distinct.contains(&format!("{:03}", number * 2))),
        "{seen:?}"
    );
}

pub(crate) async fn go_over_all_tenants(store: Store) {
    for (name, id, due) in [
        ("b", "1", 5),
        ("a", "1", 5),
        ("c", "2", 5),
        ("a", "3", 4),
        ("b", "4", 9),
    ] {
        store
            .insert(&tenant(name), &THINGS, id, &json!({"due": due, "state": "open"}))
            .await
            .unwrap();
    }
    let expected = [("a", "3"), ("a", "1"), ("b", "1"), ("c", "2")];
    for limit in 1..5 {
        for index in [&["due"] as Index, &["state", "due"]] {
            let equals = if index.len() == 2 { vec!["open"] } else { vec![] };
            let find = || {
                Find::by(&THINGS, index)
                    .equals(equals.clone())
                    .below(9)
                    .limit(limit)
            };
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let page = store.find_any_tenant(find().after(cursor)).await.unwrap();
                found.extend(
                    page.items
                        .into_iter()
                        .map(|(tenant, document)| (tenant.to_string(), document.id)),
                );
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            let found: Vec<_> = found
                .iter()
                .map(|(tenant, id)| (tenant.as_str(), id.as_str()))
                .collect();
            assert_eq!(found, expected, "{index:?} {limit}");
        }
    }
}

pub(crate) async fn refuse_other_cursors(store: Store) {
    let acme = tenant("acme");
    for id in ["a", "b", "c"] {
        store
            .insert(&acme, &THINGS, id, &json!({"kind": "a", "rank": 1}))
            .await
            .unwrap();
    }
    let find = || Find::by(&THINGS, &["kind", "rank"]).equals(["a"]).limit(1);
    let cursor = store.find(&acme, find()).await.unwrap().next.unwrap();
    let mangled = format!("{}00", &cursor[..cursor.len() - 2]);
    for bad in ["", "zz", "abc", "5b5d", "ä", &mangled, &"00".repeat(5_000)] {
        let refused = store.find(&acme, find().after(Some(bad.to_owned()))).await;
        assert_eq!(refused, Err(Error::BadCursor), "{bad:.40}");
    }
    for other in [
        find().descending(),
        Find::by(&THINGS, &["kind"]).equals(["a"]),
        Find::by(&OTHERS, BY_ID),
    ] {
        assert_eq!(
            store.find(&acme, other.after(Some(cursor.clone()))).await,
            Err(Error::BadCursor)
        );
    }
}

pub(crate) async fn end_pages_early_for_large_documents(store: Store) {
    let acme = tenant("acme");
    for id in ["a", "b", "c", "d"] {
        store
            .insert(&acme, &OTHERS, id, &json!({"text": "x".repeat(9 << 20)}))
            .await
            .unwrap();
    }
    let page = store.find(&acme, Find::by(&OTHERS, BY_ID)).await.unwrap();
    assert_eq!(ids(&page.items), ["a", "b"]);
    let page = store
        .find(&acme, Find::by(&OTHERS, BY_ID).after(page.next))
        .await
        .unwrap();
    assert_eq!((ids(&page.items), page.next), (vec!["c", "d"], None));
}

pub(crate) async fn need_a_declared_index(store: Store) {
    let acme = tenant("acme");
    let finds = [
        Find::by(&THINGS, &["rank"]),
        Find::by(&THINGS, &["due"]),
        Find::by(&THINGS, &["kind", "rank"]),
        Find::by(&THINGS, &["kind"]).equals(["a", "b"]),
        Find::by(&THINGS, &["kind"]).equals([json!(["a"])]),
        Find::by(&THINGS, &["kind"]).equals([Value::Null]),
    ];
    for find in finds {
        assert!(
            matches!(store.find(&acme, find.clone()).await, Err(Error::Misuse(_))),
            "{find:?}"
        );
    }
    for find in [
        Find::by(&THINGS, &["kind"]).equals(["a"]),
        Find::by(&THINGS, BY_ID),
    ] {
        assert!(
            matches!(store.find_any_tenant(find.clone()).await, Err(Error::Misuse(_))),
            "{find:?}"
        );
    }
}

async fn all_pages(store: &Store, find: Find) -> Vec<String> {
    let acme = tenant("acme");
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.find(&acme, find.clone().after(cursor)).await.unwrap();
        all.extend(page.items.into_iter().map(|document| document.id));
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}
