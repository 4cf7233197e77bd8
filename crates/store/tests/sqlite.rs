//! The conformance suite on SQLite, and what only SQLite promises.

mod conformance;

use conformance::smoke;

#[tokio::test(flavor = "multi_thread")]
async fn documents() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/s.db", folder.path().display());
    let store = monshyflow_store::Store::open(&url, conformance::options())
        .await
        .unwrap();
    smoke(store).await;
}
