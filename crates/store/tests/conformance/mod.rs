//! What every back-end must do, as functions over a `Store` that was opened empty with `options()`.

pub(crate) mod claims;
pub(crate) mod documents;
pub(crate) mod finds;
pub(crate) mod logs;
pub(crate) mod tenants;
pub(crate) mod writes;

use monshyflow_ids::TenantId;
use monshyflow_store::{Collection, Document, Log, Options};

pub(crate) static THINGS: Collection = Collection {
    name: "things",
    unique: &[&["key"], &["group", "slot"]],
    indexes: &[&["kind"], &["kind", "rank"]],
    across_tenants: &[&["due"], &["state", "due"]],
};

pub(crate) static OTHERS: Collection = Collection {
    name: "others",
    unique: &[],
    indexes: &[],
    across_tenants: &[],
};

pub(crate) static NOTES: Log = Log { name: "notes" };

pub(crate) static MARKS: Log = Log { name: "marks" };

pub(crate) fn options() -> Options {
    Options::new(&[&THINGS, &OTHERS], &[&NOTES, &MARKS])
}

/// One test per function; `$open` answers an empty store and what must live as long.
macro_rules! conformance {
    ($open:path: $($module:ident { $($case:ident),+ $(,)? })+) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let (store, _guard) = $open().await;
                crate::conformance::$module::$case(store).await;
            })+
        })+
    };
    ($open:path) => {
        conformance! { $open:
            documents {
                live_and_die, keep_their_ids_and_unique_keys, change_by_version, are_bound_only_by_keys_they_have,
                have_a_largest_size, have_any_text_as_id, are_objects_of_declared_collections
            }
            finds {
                follow_the_index, agree_with_a_plain_model, go_on_while_others_insert, go_over_all_tenants,
                refuse_other_cursors, end_pages_early_for_large_documents, need_a_declared_index
            }
            claims { give_each_document_once, merge_fields, go_over_all_tenants }
            logs { number_their_entries, keep_streams_apart, are_read_in_pages, take_many_at_once }
            tenants { see_nothing_of_each_other, may_use_the_same_ids_and_keys }
            writes {
                are_seen_when_answered, stop_at_the_first_failure, do_not_harm_their_neighbours,
                let_one_of_many_replace, let_one_of_many_insert, count_every_replacement
            }
        }
    };
}
pub(crate) use conformance;

pub(crate) fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

pub(crate) fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.id.as_str()).collect()
}
