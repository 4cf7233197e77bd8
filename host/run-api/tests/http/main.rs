//! The real router over HTTP on port 0, with the real store, sandbox and nodes. Two tenants share the server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answer;
mod events;
mod expressions;
mod fixture;
mod matrix;
mod node_types;
mod operations;
mod run;
mod schema;
mod workflow;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(fixture::COMPILE) {
        return monshyflow_sandbox::compile_child_main();
    }
    let arguments = Arguments::from_args();
    let tests: Vec<(&str, fn())> = vec![
        (
            "every_operation_is_in_the_matrix",
            matrix::every_operation_is_in_the_matrix,
        ),
        (
            "nobody_gets_in_without_a_key",
            matrix::nobody_gets_in_without_a_key,
        ),
        (
            "another_tenant_finds_nothing",
            matrix::another_tenant_finds_nothing,
        ),
        ("a_workflow_lives", workflow::a_workflow_lives),
        ("nobodys_change_is_lost", workflow::nobodys_change_is_lost),
        (
            "what_would_not_count_is_refused",
            workflow::what_would_not_count_is_refused,
        ),
        ("workflows_come_in_pages", workflow::workflows_come_in_pages),
        (
            "bad_documents_are_told_where",
            workflow::bad_documents_are_told_where,
        ),
        ("a_run_is_waited_for", run::a_run_is_waited_for),
        ("a_run_goes_on_behind_its_url", run::a_run_goes_on_behind_its_url),
        ("a_key_starts_one_run", run::a_key_starts_one_run),
        ("bad_starts_are_refused", run::bad_starts_are_refused),
        ("runs_are_found", run::runs_are_found),
        (
            "a_run_that_hangs_is_cancelled",
            run::a_run_that_hangs_is_cancelled,
        ),
        (
            "history_is_replayed_and_resumed",
            events::history_is_replayed_and_resumed,
        ),
        ("history_is_seen_live", events::history_is_seen_live),
        (
            "a_tenant_sees_its_runs_start_and_end",
            events::a_tenant_sees_its_runs_start_and_end,
        ),
        ("javascript_runs", expressions::javascript_runs),
        (
            "the_output_that_leads_here_counts",
            expressions::the_output_that_leads_here_counts,
        ),
        (
            "items_of_other_batches_can_be_seen",
            expressions::items_of_other_batches_can_be_seen,
        ),
        (
            "expressions_are_previewed",
            expressions::expressions_are_previewed,
        ),
        ("a_node_type_lives", node_types::a_node_type_lives),
        ("node_types_come_in_pages", node_types::node_types_come_in_pages),
        (
            "nothing_is_granted_that_was_not_asked_for",
            node_types::nothing_is_granted_that_was_not_asked_for,
        ),
        (
            "examples_of_a_manifest_are_tried",
            node_types::examples_of_a_manifest_are_tried,
        ),
        (
            "bad_components_are_refused",
            node_types::bad_components_are_refused,
        ),
        ("the_server_says_how_it_is", operations::the_server_says_how_it_is),
        (
            "the_documentation_is_there",
            operations::the_documentation_is_there,
        ),
        ("every_code_has_a_page", operations::every_code_has_a_page),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
