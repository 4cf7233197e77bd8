//! How items flow: branches, joins, dead paths, empty deliveries, disabled nodes, several triggers.

use crate::support::table::check;

#[test]
fn a_chain_runs_in_order_and_its_end_is_the_result() {
    check(
        "start > a; a > b",
        "request start => requested
         status        => queued
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         pending       => a
         a out 2       => a done out: a1 a2; call b(a1 a2)
         status        => running
         b ok          => b done out: b1; succeeded
         result        => b.out: b1
         steps         => start succeeded; a succeeded; b succeeded
         status        => succeeded
         error         => -",
    );
}

#[test]
fn a_trigger_alone_is_a_run() {
    check(
        "start",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; succeeded
         result        => start.out: start1",
    );
}

#[test]
fn a_branch_that_was_not_taken_dies_and_nothing_waits_for_it() {
    check(
        "start > if; if.true > a; if.false > b; b > c; a > join; c > join.in-1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call if(start1)
         if true 1     => if done true: if1; b dead; c dead; call a(if1)
         a ok          => a done out: a1; call join(a1, -, -)
         join ok       => join done out: join1; succeeded
         steps         => start succeeded; if succeeded; a succeeded; b skipped dead; c skipped dead; join succeeded",
    );
}

#[test]
fn a_join_waits_for_all_that_may_still_come() {
    check(
        "start > a, b; a > join; b > join.in-1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         b ok          => b done out: b1
         a ok          => a done out: a1; call join(a1, b1, -)
         join ok       => join done out: join1; succeeded",
    );
}

#[test]
fn edges_into_one_port_are_joined_in_the_order_of_the_document() {
    check(
        "start > a, b, c; c > join; a > join; b > join; start > join.in-1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1); call c(start1)
         b ok          => b done out: b1
         a out 2       => a done out: a1 a2
         c ok          => c done out: c1; call join(c1 a1 a2 b1, start1, -)
         join ok       => join done out: join1; succeeded",
    );
}

#[test]
fn an_output_fans_out_to_all_its_edges() {
    check(
        "start > if; if.true > a, b; if.false > b",
        "request start      => requested
         begin              => started; call start(in)
         start ok           => start done out: start1; call if(start1)
         if true 1 false 2  => if done true: if1 false: if2 if3; call a(if1); call b(if1 if2 if3)
         b none             => b done
         a out 0            => a done out: -; succeeded
         result             => a.out: -",
    );
}

#[test]
fn nothing_sent_means_everything_behind_is_dead() {
    check(
        "start > a; a > b; b > end",
        "request start => requested
         begin         => started; call start(in)
         start none    => start done; a dead; b dead; end dead; succeeded
         result        => -",
    );
}

#[test]
fn an_empty_delivery_wakes_only_nodes_that_run_on_empty() {
    check(
        "start > a, b, c; b: run-on-empty; c > join; b > join.in-1",
        "request start => requested
         begin         => started; call start(in)
         start out 0   => start done out: -; a dead; c dead; call b(-)
         b ok          => b done out: b1; call join(-, b1, -)
         join ok       => join done out: join1; succeeded",
    );
}

#[test]
fn a_port_that_was_not_named_is_dead_even_for_nodes_that_run_on_empty() {
    check(
        "start > if; if.true > a; if.false > b; a: run-on-empty; b: run-on-empty",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call if(start1)
         if false 0    => if done false: -; a dead; call b(-)
         b ok          => b done out: b1; succeeded",
    );
}

#[test]
fn a_disabled_node_lets_its_first_input_through() {
    check(
        "start > a, b; a > join; b > join.in-1; join: disabled; join > c",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         b ok          => b done out: b1
         a ok          => a done out: a1; join disabled out: a1; call c(a1)
         c ok          => c done out: c1; succeeded
         steps         => start succeeded; a succeeded; b succeeded; join skipped disabled; c succeeded",
    );
}

#[test]
fn a_disabled_node_is_dead_where_its_first_input_is() {
    check(
        "start > if; if.true > join; if.false > join.in-1; join: disabled; join > a; a: run-on-empty",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call if(start1)
         if false 1    => if done false: if1; join disabled; a dead; succeeded",
    );
}

#[test]
fn disabled_nodes_in_a_row_without_an_output_or_without_a_token() {
    check(
        "start > a; a: disabled; a > b; b: disabled; b > end; end: disabled; start > if; if.true > c; c: disabled; c > d",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; a disabled out: start1; b disabled out: start1; end disabled; call if(start1)
         if none       => if done; c dead; d dead; succeeded",
    );
}

#[test]
fn a_disabled_trigger_passes_the_input_of_the_run() {
    check(
        "start > a; start: disabled; start2 > a",
        "request start => requested
         begin         => started; start disabled out: in; call a(in)
         a ok          => a done out: a1; succeeded",
    );
}

#[test]
fn other_triggers_and_what_only_they_reach_have_no_part_in_the_run() {
    check(
        "start > a; a > join; start2 > b; b > c; b > join.in-1; join > d",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ok          => a done out: a1; call join(a1, -, -)
         join ok       => join done out: join1; call d(join1)
         d ok          => d done out: d1; succeeded
         result        => d.out: d1
         steps         => start succeeded; a succeeded; join succeeded; d succeeded",
    );
}

#[test]
fn the_other_trigger_of_the_same_workflow() {
    check(
        "start > a; a > join; start2 > b; b > join.in-1",
        "request start2 => requested
         begin          => started; call start2(in)
         start2 ok      => start2 done out: start21; call b(start21)
         b ok           => b done out: b1; call join(-, b1, -)
         join ok        => join done out: join1; succeeded",
    );
}

#[test]
fn no_more_calls_at_a_time_than_the_workflow_allows() {
    check(
        "start > a, b, c, d; concurrency 2",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         b ok          => b done out: b1; call c(start1)
         pending       => a; c
         a ok          => a done out: a1; call d(start1)
         c ok          => c done out: c1
         d ok          => d done out: d1; succeeded",
    );
}

#[test]
fn only_a_trigger_starts_a_run() {
    check(
        "start > a",
        "request a => failed: not-a-trigger
         error     => the run: node `a` cannot start a run: choose a trigger of the workflow
         status    => failed
         request start => -
         begin     => -",
    );
    check(
        "start > a",
        "request nobody => failed: not-a-trigger
         error          => the run: the workflow has no node with index 99",
    );
}
