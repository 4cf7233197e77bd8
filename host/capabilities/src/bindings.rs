//! What the macro makes of `wit/`: one host trait per interface, and the typed export `run`.
//!
//! Parameters of `run` borrow, so that the text of ten thousand items is copied once, into the guest.
#![expect(missing_docs, reason = "generated; the documentation is in wit/")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "node",
    imports: { default: async | trappable },
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
    with: {
        "monshyflow:node/blobs.reader": crate::blobs::OpenReader,
        "monshyflow:node/blobs.writer": crate::blobs::OpenWriter,
    },
});
