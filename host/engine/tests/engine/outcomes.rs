//! What becomes of errors, retries, wishes to end, and inputs that do not fit.

use crate::support::table::check;

#[test]
fn a_failure_ends_the_run_and_names_the_node() {
    check(
        "start > a; a > b",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a !boom       => a failed boom, stop; failed at a: boom
         steps         => start succeeded; a failed stop after boom
         error         => a: it went wrong
         result        => -",
    );
}

#[test]
fn the_end_comes_after_the_last_step_returned() {
    check(
        "start > a, b, c, d; c > e; concurrency 3",
        "request start  => requested
         begin          => started; call start(in)
         start ok       => start done out: start1; call a(start1); call b(start1); call c(start1)
         b !boom        => b failed boom, stop; interrupt a; interrupt c
         c ok           => c done out: c1
         status         => running
         a !cancelled => a failed cancelled, stop; failed at b: boom
         steps          => start succeeded; a failed stop after cancelled; b failed stop after boom; c succeeded",
    );
}

#[test]
fn items_go_on_with_the_error_attached() {
    check(
        "start > a; a > b; a: continue",
        "request start => requested
         begin         => started; call start(in)
         start out 2   => start done out: start1 start2; call a(start1 start2)
         a !boom       => a failed boom, continue out: start1! start2!; call b(start1! start2!)
         b ok          => b done out: b1; succeeded
         steps         => start succeeded; a failed continue after boom; b succeeded
         error         => -",
    );
}

#[test]
fn a_failure_is_swallowed_where_nothing_can_go_on() {
    check(
        "start > end; end: continue",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call end(start1)
         end !boom     => end failed boom, continue; succeeded",
    );
}

#[test]
fn items_leave_by_the_error_port() {
    check(
        "start > if; if: port; if.true > a; if.false > b; if.error > c",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call if(start1)
         if !boom      => if failed boom, port error: start1!; a dead; b dead; call c(start1!)
         c ok          => c done out: c1; succeeded",
    );
}

#[test]
fn a_node_that_goes_on_item_by_item_may_use_its_error_port_too() {
    check(
        "start > a; a: port; a > b; a.error > c",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call a(start1)
         a error 1 out 2 => a done out: a2 a3 error: a1; call b(a2 a3); call c(a1)
         b ok            => b done out: b1
         c ok            => c done out: c1; succeeded",
    );
}

#[test]
fn a_port_that_the_node_does_not_have_is_a_failure() {
    check(
        "start > a",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a error 1     => a failed unknown-port, stop; failed at a: unknown-port
         error         => a: node `a` sent items to output port 1, but it has only 1",
    );
}

#[test]
fn what_is_sent_to_one_port_in_pieces_is_joined() {
    check(
        "start > if; if.true > a; if.false > b",
        "request start             => requested
         begin                     => started; call start(in)
         start ok                  => start done out: start1; call if(start1)
         if false 1 true 1 false 1 => if done true: if2 false: if1 if3; call a(if2); call b(if1 if3)",
    );
}

#[test]
fn errors_that_may_pass_are_tried_again_with_growing_delays() {
    check(
        "start > a; a: retry 4 every 100 factor 200 max 300",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ~busy       => a failed busy, retry; wait 100 for a#2
         steps         => start succeeded; a retrying in 100 after busy
         a#2 due       => call a#2(start1)
         a#2 ~busy@900 => a#2 failed busy, retry; wait 900 for a#3
         a#3 due       => call a#3(start1)
         a#3 ~busy     => a#3 failed busy, retry; wait 300 for a#4
         a#4 due       => call a#4(start1)
         a#4 ok        => a#4 done out: a1; succeeded
         steps         => start succeeded; a#4 succeeded after busy",
    );
}

#[test]
fn the_last_attempt_leads_to_on_error() {
    check(
        "start > a; a: retry 2 every 5 continue",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ~busy       => a failed busy, retry; wait 5 for a#2
         a#2 due       => call a#2(start1)
         a#2 ~busy     => a#2 failed busy, continue out: start1!; succeeded",
    );
}

#[test]
fn an_error_that_will_not_pass_is_not_tried_again() {
    check(
        "start > a; a: retry 5 every 5 port",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a !boom       => a failed boom, port error: start1!; succeeded
         result        => a.error: start1!",
    );
}

#[test]
fn a_trigger_is_retried_with_the_input_of_the_run() {
    check(
        "start > a; start: retry 2",
        "request start => requested
         begin         => started; call start(in)
         start ~busy   => start failed busy, retry; wait 0 for start#2
         start#2 due   => call start#2(in)
         start#2 ok    => start#2 done out: start1; call a(start1)",
    );
}

#[test]
fn a_retry_holds_no_place_and_waits_for_one() {
    check(
        "start > a, b, c; a: retry 2 every 5; concurrency 1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ~busy       => a failed busy, retry; wait 5 for a#2; call b(start1)
         a#2 due       => -
         a#2 due       => -
         b ok          => b done out: b1; call a#2(start1)
         a#2 ok        => a#2 done out: a1; call c(start1)
         c ok          => c done out: c1; succeeded",
    );
}

#[test]
fn a_failed_run_drops_its_retries() {
    check(
        "start > a, b; a: retry 3 every 5",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         a ~busy       => a failed busy, retry; wait 5 for a#2
         b !boom       => b failed boom, stop; failed at b: boom
         a#2 due       => -
         steps         => start succeeded; a failed stop after busy; b failed stop after boom",
    );
}

#[test]
fn no_retry_while_the_run_ends() {
    check(
        "start > a, b; a: retry 3 every 5 continue",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         b !boom       => b failed boom, stop; interrupt a
         a ~busy       => a failed busy, stop; failed at b: boom",
    );
}

#[test]
fn cancel_reaches_into_the_calls_and_ends_after_them() {
    check(
        "start > a, b, c; a: retry 2 every 5; b > d",
        "request start  => requested
         begin          => started; call start(in)
         start ok       => start done out: start1; call a(start1); call b(start1); call c(start1)
         a ~busy        => a failed busy, retry; wait 5 for a#2
         cancel         => interrupt b; interrupt c
         cancel         => -
         time-out       => -
         a#2 due        => -
         b ok           => b done out: b1
         status         => running
         c !cancelled => c failed cancelled, stop; cancelled
         status         => cancelled
         error          => -",
    );
}

#[test]
fn cancel_between_retries_ends_at_once() {
    check(
        "start > a; a: retry 2 every 5",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a ~busy       => a failed busy, retry; wait 5 for a#2
         cancel        => cancelled
         a#2 due       => -",
    );
}

#[test]
fn a_queued_run_is_cancelled_without_having_started() {
    check(
        "start > a",
        "request start => requested
         cancel        => cancelled
         begin         => -
         steps         => -",
    );
}

#[test]
fn the_limit_of_time_ends_a_run_like_a_wish_of_people() {
    check(
        "start > a",
        "request start     => requested
         begin             => started; call start(in)
         time-out          => interrupt start
         start !timed-out  => start failed timed-out, stop; timed out
         status            => timedout",
    );
}

#[test]
fn a_reason_outside_the_graph_fails_the_run_as_a_whole() {
    check(
        "start > a",
        "request start       => requested
         begin               => started; call start(in)
         abort               => interrupt start
         cancel              => -
         start !cancelled  => start failed cancelled, stop; failed: aborted
         error               => the run: it went wrong",
    );
}

#[test]
fn the_first_reason_to_end_counts() {
    check(
        "start > a, b",
        "request start  => requested
         begin          => started; call start(in)
         start ok       => start done out: start1; call a(start1); call b(start1)
         a !boom        => a failed boom, stop; interrupt b
         cancel         => -
         time-out       => -
         b !cancelled => b failed cancelled, stop; failed at a: boom",
    );
}

#[test]
fn inputs_that_do_not_fit_have_no_effect() {
    check(
        "start > a; a: retry 3 every 5",
        "begin         => -
         cancel        => -
         start ok      => -
         request start => requested
         request start => -
         start ok      => -
         begin         => started; call start(in)
         begin         => -
         a ok          => -
         start#2 ok    => -
         nobody ok     => -
         nobody !boom  => -
         nobody due    => -
         start due     => -
         start ok      => start done out: start1; call a(start1)
         start ok      => -
         start !boom   => -
         a due         => -
         a#2 due       => -
         a ~busy       => a failed busy, retry; wait 5 for a#2
         a ok          => -
         a#3 due       => -
         a#2 ok        => -
         a#2 due       => call a#2(start1)
         a#2 due       => -
         a ok          => -
         a#2 ok        => a#2 done out: a1; succeeded
         a#2 ok        => -
         cancel        => -
         time-out      => -
         abort         => -
         request start => -",
    );
}
