//! Items that are told apart by a short label, such as `a1`.

use monshyflow_items::{Item, ItemList, Json};

pub(crate) fn list<T: AsRef<str>>(labels: &[T]) -> ItemList {
    let item = |label: &T| Item::new(Json::from_value(&label.as_ref().into()));
    ItemList::from_items(labels.iter().map(item).collect())
}

pub(crate) fn labels(list: &ItemList) -> Vec<String> {
    let items = list.items_in_memory().expect("tests keep their items in memory");
    items
        .map(|item| item.json.as_str().trim_matches('"').to_owned())
        .collect()
}

/// `a1 a2`, or `-` for none.
pub(crate) fn text(list: &ItemList) -> String {
    if list.is_empty() {
        "-".to_owned()
    } else {
        labels(list).join(" ")
    }
}
