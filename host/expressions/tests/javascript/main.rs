//! Expressions through the real evaluator: its own cases, agreement with what is evaluated natively, and hostile ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod cases;
mod hostile;
mod instances;
mod support;
mod templates;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(support::COMPILE) {
        return monshyflow_sandbox::compile_child_main();
    }
    let tests: Vec<(&str, fn())> = vec![
        (
            "the_evaluators_own_cases_pass",
            cases::the_evaluators_own_cases_pass,
        ),
        (
            "paths_agree_with_javascript",
            agreement::paths_agree_with_javascript,
        ),
        (
            "literals_agree_with_javascript",
            agreement::literals_agree_with_javascript,
        ),
        (
            "what_only_javascript_knows",
            agreement::what_only_javascript_knows,
        ),
        ("paths_and_javascript_mix", templates::paths_and_javascript_mix),
        (
            "items_of_other_nodes_are_there",
            templates::items_of_other_nodes_are_there,
        ),
        (
            "items_are_asked_for_by_their_index",
            templates::items_are_asked_for_by_their_index,
        ),
        ("errors_say_where", templates::errors_say_where),
        ("large_inputs_are_cut", templates::large_inputs_are_cut),
        ("an_endless_loop_ends", hostile::an_endless_loop_ends),
        ("memory_ends", hostile::memory_ends),
        ("recursion_ends", hostile::recursion_ends),
        ("results_have_a_limit", hostile::results_have_a_limit),
        ("nothing_is_left_behind", hostile::nothing_is_left_behind),
        (
            "a_cancelled_evaluation_ends",
            hostile::a_cancelled_evaluation_ends,
        ),
        (
            "forged_responses_are_refused",
            hostile::forged_responses_are_refused,
        ),
        ("imports_are_refused", instances::imports_are_refused),
        (
            "an_instance_stays_for_its_run",
            instances::an_instance_stays_for_its_run,
        ),
        (
            "resting_instances_make_way",
            instances::resting_instances_make_way,
        ),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
