//! Steps that wait for something outside, and runs that end while some do.

use crate::support::table::check;

#[test]
fn a_step_waits_for_a_time_and_goes_on_with_its_state() {
    check(
        "start > a; a > b",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a until 500   => a waits for time 500; await a
         status        => waiting
         waits         => a time 500
         pending       => -
         steps         => start succeeded; a suspended
         restart       => await a
         a signal 1    => -
         a rounds-done => -
         a#2 woken     => -
         a woken       => resume a(start1) by time
         a woken       => -
         a ok          => a done out: a1; call b(a1)
         a woken       => -
         waits         => -",
    );
}

#[test]
fn a_signal_brings_items_or_comes_too_late() {
    check(
        "start > a",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call a(start1)
         a asks          => a waits for signal; await a
         a signal 2      => resume a(start1) by signal with a1 a2
         restart         => call again a(start1) by signal with a1 a2
         a asks until 90 => a waits for signal until 90; await a
         a late          => resume a(start1) by timedout
         a ok            => a done out: a1; succeeded",
    );
}

#[test]
fn children_bring_what_they_came_to() {
    check(
        "start > a; a: retry 2 every 3",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call a(start1)
         a children 1 1  => a waits for children 1 1; await a
         a signal 1      => -
         a children-done 2 => resume a(start1) by children with a1 a2
         a ~busy         => a failed busy, retry; wait 3 for a#2
         a children-done 2 => -
         a#2 due         => call a#2(start1) by children with a1 a2
         a#2 ok          => a#2 done out: a1; succeeded",
    );
}

#[test]
fn two_waits_at_once() {
    check(
        "start > a, b; a > join; b > join.in-1; concurrency 1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a asks        => a waits for signal; await a; call b(start1)
         status        => running
         b until 7     => b waits for time 7; await b
         status        => waiting
         waits         => a signal; b time 7
         b woken       => resume b(start1) by time
         a signal 1    => a resumed
         pending       => a; b
         b ok          => b done out: b1; call again a(start1) by signal with a1
         a ok          => a done out: a1; call join(a1, b1, -)",
    );
}

#[test]
fn what_was_resumed_and_waits_for_a_place_is_not_lost() {
    check(
        "start > a, b; concurrency 1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a asks        => a waits for signal; await a; call b(start1)
         a signal 1    => a resumed
         a ok          => -
         a asks        => -
         restart       => call again a(start1) by signal with a1
         a ok          => a done out: a1; call again b(start1)
         b ok          => b done out: b1; succeeded",
    );
}

#[test]
fn a_run_that_ends_waits_for_nobody() {
    let begun = "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         a asks        => a waits for signal; await a\n";
    let cases = [
        "cancel     => interrupt b; a failed cancelled, stop
         a signal 1 => -
         b !cancelled => b failed cancelled, stop; cancelled",
        "b !boom    => b failed boom, stop; a failed cancelled, stop; failed at b: boom",
        "b ok       => b done out: b1
         status     => waiting
         cancel     => a failed cancelled, stop; cancelled
         a signal 1 => -",
        "b ok       => b done out: b1
         time-out   => a failed cancelled, stop; timed out",
        "b ok       => b done out: b1
         abort      => a failed cancelled, stop; failed: aborted",
        "cancel     => interrupt b; a failed cancelled, stop
         b asks     => b failed cancelled, stop; cancelled",
        "forgetful restart => -
         cancel     => interrupt b; a failed cancelled, stop
         resume     => b failed cancelled, stop; cancelled",
    ];
    for case in cases {
        check("start > a, b", &format!("{begun} {case}"));
    }
}

#[test]
fn a_run_that_ends_stops_the_runs_that_it_waits_for_first() {
    let begun = "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call b(start1)
         a children 1 1 => a waits for children 1 1; await a\n";
    let cases = [
        "b ok            => b done out: b1
         cancel          => interrupt a
         waits           => a children 1 1
         cancel          => -
         a children-done 1 => a failed cancelled, stop; cancelled
         a children-done 1 => -",
        "time-out        => interrupt b; interrupt a
         a children-done => a failed cancelled, stop
         b !cancelled    => b failed cancelled, stop; timed out",
        "b !boom         => b failed boom, stop; interrupt a
         restart         => await a; interrupt a
         a children-done => a failed cancelled, stop; failed at b: boom",
        "forgetful restart => -
         cancel          => interrupt b; interrupt a
         resume          => b failed cancelled, stop; await a; interrupt a
         a children-done => a failed cancelled, stop; cancelled",
    ];
    for case in cases {
        check("start > a, b", &format!("{begun} {case}"));
    }
}

#[test]
fn a_step_that_was_resumed_but_not_called_is_not_interrupted() {
    check(
        "start > a, b; concurrency 1",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a asks        => a waits for signal; await a; call b(start1)
         a signal 1    => a resumed
         cancel        => interrupt b; a failed cancelled, stop
         b ok          => b done out: b1; cancelled",
    );
}

#[test]
fn a_run_that_ends_within_rounds() {
    let begun = "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 1 => each waits for rounds 1 1; call a[0](each1)\n";
    let cases = [
        "cancel       => interrupt a[0]; each failed cancelled, stop
         a[0] ok      => a[0] done out: a1@0; cancelled",
        "a[0] until 9 => a[0] waits for time 9; await a[0]
         status       => waiting
         waits        => a[0] time 9
         time-out     => each failed cancelled, stop; a[0] failed cancelled, stop; timed out",
        "a[0] ~busy   => a[0] failed busy, retry; wait 3 for a[0]#2
         cancel       => each failed cancelled, stop; cancelled",
        "a[0] ok      => a[0] done out: a1@0; call a[1](each2)
         a[1] ok      => a[1] done out: a1@1; resume each(start1, a1@0 a1@1) by rounds
         cancel       => interrupt each
         each rounds 1 => each failed cancelled, stop; cancelled",
    ];
    for case in cases {
        check(
            "start > each; each.body > a; a > each.next; a: retry 2 every 3",
            &format!("{begun} {case}"),
        );
    }
}

#[test]
fn a_loop_may_wait_between_its_rounds() {
    check(
        "start > each; each.body > a; a > each.next",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; call a[0](each1)
         a[0] ok       => a[0] done out: a1@0; resume each(start1, a1@0) by rounds
         each until 9  => each waits for time 9; await each
         each woken    => resume each(start1, -) by time
         each rounds 1 => each waits for rounds 1; call a[1](each1)
         a[1] asks     => a[1] waits for signal; await a[1]
         a[1] signal 1 => resume a[1](each1) by signal with a1@1
         a[1] ok       => a[1] done out: a1@1; resume each(start1, a1@1) by rounds",
    );
}
