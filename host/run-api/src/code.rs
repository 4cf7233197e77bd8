//! The errors of this face, beside those of `monshyflow_web::code`. Each has a page `docs/errors/<name>.md`.

use axum::http::StatusCode;
use monshyflow_web::Code;

macro_rules! codes {
    ($($constant:ident = $status:ident, $name:literal, $title:literal;)+) => {
        $(pub(crate) const $constant: Code = Code::new($name, StatusCode::$status, $title);)+

        /// All of this module.
        pub const ALL: &[Code] = &[$($constant),+];
    };
}

codes! {
    WORKFLOW_INVALID = UNPROCESSABLE_ENTITY, "workflow-invalid", "The workflow has problems";
    WORKFLOW_NOT_PUBLISHED = CONFLICT, "workflow-not-published", "The workflow is not published";
    BAD_CURSOR = BAD_REQUEST, "bad-cursor", "The cursor does not belong to this list";
    GRANT_NOT_REQUESTED = UNPROCESSABLE_ENTITY, "grant-not-requested", "The node does not ask for this grant";
    NODE_TYPE_BUILTIN = CONFLICT, "node-type-builtin", "The node type ships with the server";
    NODE_TYPE_NAME_TAKEN = CONFLICT, "node-type-name-taken", "The node type's name is taken";
    COMPONENT_TOO_LARGE = PAYLOAD_TOO_LARGE, "component-too-large", "The component is too large";
    NOBODY_WAITS = CONFLICT, "nobody-waits", "Nothing waits for this any more";
    SEVERAL_WAIT = CONFLICT, "several-wait", "Several steps wait";
    RUN_NOT_ENDED = CONFLICT, "run-not-ended", "The run has not ended yet";
    INVALID_LAST_EVENT_ID = BAD_REQUEST, "invalid-last-event-id", "Last-Event-ID is malformed";
}

/// The title of a component that was refused for a reason that the sandbox or the manifest's reader names.
pub(crate) const COMPONENT_REFUSED: &str = "The component cannot be a node type";

/// The title of a request that another crate refused by a code of its own.
pub(crate) const REFUSED: &str = "The request cannot be done";
