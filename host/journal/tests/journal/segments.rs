use monshyflow_engine::Event;
use monshyflow_items::{Item, ItemList, Json, Segment};
use monshyflow_journal::Error;
use monshyflow_workflow::NodeIndex;

use crate::support::graph::workflow;
use crate::support::house::{House, acme, list, tenant};

#[tokio::test]
async fn large_lists_rest_in_the_object_store() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    let small = list(10, 10_000);
    assert_eq!(
        appender.store_list(small.clone()).await.unwrap().segments()[0].object(),
        None
    );

    let large = list(20, 100_000);
    let mut stored = appender.store_list(large.clone()).await.unwrap();
    assert_eq!((stored.len(), stored.size()), (large.len(), large.size()));
    assert_eq!(stored.items_in_memory().map(Iterator::count), Some(20));
    // What is stored is not stored again.
    assert_eq!(
        appender.store_list(stored.clone()).await.unwrap().segments()[0].object(),
        stored.segments()[0].object()
    );
    stored.forget_stored();
    assert!(stored.items_in_memory().is_none());
    let loaded = journal.load_list(&acme(), &stored).await.unwrap();
    assert!(
        loaded
            .items_in_memory()
            .unwrap()
            .eq(large.items_in_memory().unwrap())
    );

    // Small, but in part stored: the rest is stored too.
    let mut mixed = stored.clone();
    mixed.append(&list(1, 1));
    let mixed = appender.store_list(mixed).await.unwrap();
    assert!(mixed.segments().iter().all(|segment| segment.object().is_some()));
}

#[tokio::test]
async fn many_small_lists_leave_the_memory_together() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    let lists: Vec<ItemList> = (1..=30).map(|count| list(count, 5_000)).collect();
    let items = |list: &ItemList| list.segments()[0].only_in_memory().unwrap().clone();
    let moved = appender
        .move_lists(&lists.iter().map(items).collect::<Vec<_>>())
        .await
        .unwrap();
    let mut objects = std::collections::BTreeSet::new();
    for list in lists {
        let mut part = list.slice(0, 3);
        let before = part.clone();
        part.forget_moved(&moved);
        assert!(part.items_in_memory().is_none());
        objects.insert(part.segments()[0].object().unwrap().clone());
        assert_eq!(journal.load_list(&acme(), &part).await.unwrap(), before);
    }
    // 465 items of 5,000 bytes.
    assert_eq!(objects.len(), 3);
}

#[tokio::test]
async fn segments_are_of_their_tenant_and_whole() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    let stored = appender.store_list(list(2, 100_000)).await.unwrap();
    let object = stored.segments()[0].object().unwrap().clone();
    let wrong_count = Segment::stored(3, 1, object.clone());
    let foreign = Segment::stored(2, 1, object.clone());
    let missing = Segment::stored(2, 1, format!("{object}0").into());
    for (whose, segment) in [("acme", wrong_count), ("other", foreign), ("acme", missing)] {
        let refused = journal.load_segment(&tenant(whose), &segment).await;
        assert!(matches!(refused, Err(Error::Damaged(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_list_that_is_large_by_number_is_stored_too() {
    let house = House::new().await;
    let appender = house
        .journal()
        .begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    let tiny = ItemList::from_items(vec![Item::new(Json::from_checked("[]".into())); 200_000]);
    assert!(
        appender.store_list(tiny).await.unwrap().segments()[0]
            .object()
            .is_some()
    );
}

/// Objects are made durable before the event that names them, so the event is not written if that fails.
#[tokio::test]
async fn no_event_names_an_object_that_is_not_there() {
    let house = House::new().await;
    let journal = house.journal();
    let appender = journal.begin_deferred(&acme(), house.new_run(), workflow("start > a"));
    let input = appender.store_list(list(2, 100_000)).await.unwrap();
    std::fs::remove_dir_all(house.folder.path().join("objects/tenants")).unwrap();
    appender
        .record(&Event::RunRequested {
            trigger: NodeIndex(0),
            input,
            plan: monshyflow_engine::Plan::default(),
        })
        .unwrap();
    assert!(matches!(appender.flush().await, Err(Error::Unavailable(_))));
    assert!(matches!(
        journal.run(&acme(), appender.run_id()).await,
        Err(Error::NotFound)
    ));
}
