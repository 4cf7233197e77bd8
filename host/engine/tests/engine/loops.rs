//! Rounds of loops: their order, their results, and what becomes of failures in them.

use crate::support::table::{Game, check};

const LOOP: &str = "start > each; each.body > a; a > each.next; each > b";

#[test]
fn rounds_follow_one_another_and_their_results_come_back_in_order() {
    check(
        LOOP,
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call each(start1, -)
         each rounds 2 1 => each waits for rounds 2 1; call a[0](each1 each2)
         status          => running
         a[0] out 2      => a[0] done out: a1@0 a2@0; call a[1](each3)
         a[1] ok         => a[1] done out: a1@1; resume each(start1, a1@0 a2@0 a1@1) by rounds
         each ok         => each done done: each1; call b(each1)
         b ok            => b done out: b1; succeeded
         result          => b.out: b1
         steps           => start succeeded; each succeeded; b succeeded; a[0] succeeded; a[1] succeeded",
    );
}

#[test]
fn results_are_in_order_though_rounds_end_out_of_order() {
    check(
        "start > each; each.body > a; a > each.next; each > b; concurrency 9",
        "request start           => requested
         begin                   => started; call start(in)
         start ok                => start done out: start1; call each(start1, -)
         each rounds 1 1 1 1 at 3 => each waits for rounds 1 1 1 1; call a[0](each1); call a[1](each2); call a[2](each3)
         a[2] ok                 => a[2] done out: a1@2; call a[3](each4)
         a[0] ok                 => a[0] done out: a1@0
         a[3] ok                 => a[3] done out: a1@3
         a[1] ok                 => a[1] done out: a1@1; resume each(start1, a1@0 a1@1 a1@2 a1@3) by rounds
         each none               => each done; b dead; succeeded",
    );
}

#[test]
fn calls_of_all_rounds_share_the_places_of_the_run_and_earlier_rounds_go_first() {
    check(
        "start > each; each.body > a; a > b; b > each.next; concurrency 2",
        "request start         => requested
         begin                 => started; call start(in)
         start ok              => start done out: start1; call each(start1, -)
         each rounds 1 1 1 at 9 => each waits for rounds 1 1 1; call a[0](each1); call a[1](each2)
         a[1] ok               => a[1] done out: a1@1; call b[1](a1@1)
         a[0] ok               => a[0] done out: a1@0; call b[0](a1@0)
         b[1] ok               => b[1] done out: b1@1; call a[2](each3)",
    );
}

#[test]
fn a_concurrency_of_none_is_one() {
    check(
        LOOP,
        "request start        => requested
         begin                => started; call start(in)
         start ok             => start done out: start1; call each(start1, -)
         each rounds 1 1 at 0 => each waits for rounds 1 1; call a[0](each1)
         a[0] ok              => a[0] done out: a1@0; call a[1](each2)",
    );
}

#[test]
fn a_while_loop_asks_again_and_its_rounds_go_on_counting() {
    check(
        LOOP,
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; call a[0](each1)
         a[0] ok       => a[0] done out: a1@0; resume each(start1, a1@0) by rounds
         each rounds 1 => each waits for rounds 1; call a[1](each1)
         restart       => call again a[1](each1)
         a[1] ok       => a[1] done out: a1@1; resume each(start1, a1@1) by rounds
         restart       => call again each(start1, a1@1) by rounds
         each ok       => each done done: each1; call b(each1)",
    );
}

#[test]
fn no_rounds_are_over_at_once() {
    check(
        LOOP,
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds   => each waits for rounds; resume each(start1, -) by rounds
         each ok       => each done done: each1; call b(each1)",
    );
}

#[test]
fn loops_within_loops_count_by_themselves() {
    check(
        "start > each1; each1.body > each2; each2.body > a; a > each2.next; each2 > each1.next",
        "request start      => requested
         begin              => started; call start(in)
         start ok           => start done out: start1; call each1(start1, -)
         each1 rounds 1 1   => each1 waits for rounds 1 1; call each2[0](each11, -)
         each2[0] rounds 1  => each2[0] waits for rounds 1; call a[0,0](each21@0)
         a[0,0] ok          => a[0,0] done out: a1@0.0; resume each2[0](each11, a1@0.0) by rounds
         each2[0] ok        => each2[0] done done: each21@0; call each2[1](each12, -)
         each2[1] rounds 1 1 => each2[1] waits for rounds 1 1; call a[1,0](each21@1)
         a[1,0] ok          => a[1,0] done out: a1@1.0; call a[1,1](each22@1)
         restart            => call again a[1,1](each22@1)
         a[1,1] none        => a[1,1] done; resume each2[1](each12, a1@1.0) by rounds
         each2[1] ok        => each2[1] done done: each21@1; resume each1(start1, each21@0 each21@1) by rounds
         each1 ok           => each1 done done: each11; succeeded
         result             => each1.done: each11",
    );
}

#[test]
fn a_body_branches_and_joins_round_by_round() {
    check(
        "start > each; each.body > if; if.true > a; if.false > b; a > join; b > join.in-1; join > each.next; b > each.next",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call each(start1, -)
         each rounds 1 1 => each waits for rounds 1 1; call if[0](each1)
         if[0] true 1    => if[0] done true: if1@0; b[0] dead; call a[0](if1@0)
         a[0] ok         => a[0] done out: a1@0; call join[0](a1@0, -, -)
         join[0] ok      => join[0] done out: join1@0; call if[1](each2)
         if[1] false 1   => if[1] done false: if1@1; a[1] dead; call b[1](if1@1)
         b[1] ok         => b[1] done out: b1@1; call join[1](-, b1@1, -)
         join[1] ok      => join[1] done out: join1@1; resume each(start1, join1@0 join1@1 b1@1) by rounds",
    );
}

#[test]
fn a_round_in_which_everything_died_comes_to_nothing() {
    check(
        LOOP,
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call each(start1, -)
         each rounds 0 1 => each waits for rounds 0 1; a[0] dead; call a[1](each1)
         a[1] none       => a[1] done; resume each(start1, -) by rounds",
    );
    check(
        "start > each; each.body > a; each.body > c; a: run-on-empty; a > each.next",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 0 => each waits for rounds 0; c[0] dead; call a[0](-)
         a[0] ok       => a[0] done out: a1@0; resume each(start1, a1@0) by rounds",
    );
}

#[test]
fn a_failure_in_a_body_ends_the_run() {
    check(
        "start > each; each.body > a; a > each.next; concurrency 9",
        "request start        => requested
         begin                => started; call start(in)
         start ok             => start done out: start1; call each(start1, -)
         each rounds 1 1 at 2 => each waits for rounds 1 1; call a[0](each1); call a[1](each2)
         a[1] !boom           => a[1] failed boom, stop; interrupt a[0]; each failed cancelled, stop
         a[0] ok              => a[0] done out: a1@0; failed at a: boom
         steps                => start succeeded; each failed stop after cancelled; a[0] succeeded;
                                 a[1] failed stop after boom",
    );
}

#[test]
fn a_loop_that_fails_leaves_by_its_own_port() {
    let text = "start > each; each.body > a; a > each.next; each > b; each.error > c; each: port";
    check(
        text,
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each !boom    => each failed boom, port error: start1!; b dead; call c(start1!)
         c ok          => c done out: c1; succeeded
         result        => c.out: c1",
    );
}

#[test]
fn a_failure_in_a_body_may_go_on_or_leave_by_its_port() {
    check(
        "start > each; each.body > a; a > each.next; a: continue",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 2 => each waits for rounds 2; call a[0](each1 each2)
         a[0] !boom    => a[0] failed boom, continue out: each1! each2!; resume each(start1, each1! each2!) by rounds",
    );
    check(
        "start > each; each.body > a; a > each.next; a: port; a.error > b; b > each.next",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; call a[0](each1)
         a[0] !boom    => a[0] failed boom, port error: each1!; call b[0](each1!)
         b[0] ok       => b[0] done out: b1@0; resume each(start1, b1@0) by rounds",
    );
}

#[test]
fn a_retry_in_a_body_holds_up_only_its_round() {
    check(
        "start > each; each.body > a; a > each.next; a: retry 2 every 7; concurrency 9",
        "request start        => requested
         begin                => started; call start(in)
         start ok             => start done out: start1; call each(start1, -)
         each rounds 1 1 at 2 => each waits for rounds 1 1; call a[0](each1); call a[1](each2)
         a[0] ~busy           => a[0] failed busy, retry; wait 7 for a[0]#2
         a[1] ok              => a[1] done out: a1@1
         status               => running
         restart              => wait 7 for a[0]#2
         a[1]#2 due           => -
         a[0]#2 due           => call a[0]#2(each1)
         a[0]#2 ok            => a[0]#2 done out: a1@0; resume each(start1, a1@0 a1@1) by rounds",
    );
}

#[test]
fn a_loop_that_fails_after_its_rounds_is_told_them_again() {
    check(
        "start > each; each.body > a; a > each.next; each: retry 2 every 7 continue; each > b",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; call a[0](each1)
         a[0] ok       => a[0] done out: a1@0; resume each(start1, a1@0) by rounds
         each ~busy    => each failed busy, retry; wait 7 for each#2
         restart       => wait 7 for each#2
         each#2 due    => call each#2(start1, a1@0) by rounds
         each#2 rounds 1 => each#2 waits for rounds 1; call a[1](each1)
         a[1] ok       => a[1] done out: a1@1; resume each#2(start1, a1@1) by rounds
         each#2 !boom  => each#2 failed boom, continue done: start1! a1@1!; call b(start1! a1@1!)",
    );
}

#[test]
fn a_loop_is_retried_from_its_first_call_as_long_as_it_was_not_suspended() {
    check(
        "start > each; each.body > a; a > each.next; each: retry 2",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call each(start1, -)
         each ~busy      => each failed busy, retry; wait 0 for each#2
         each#2 due      => call each#2(start1, -)
         each#2 rounds 1 => each#2 waits for rounds 1; call a[0](each1)
         a[0] ok         => a[0] done out: a1@0; resume each#2(start1, a1@0) by rounds",
    );
}

#[test]
fn what_a_loop_must_not_do_is_a_failure() {
    check(
        "start > a; a > b; a: continue",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1)
         a rounds 1    => a failed not-a-loop, continue out: -; b dead; succeeded",
    );
    let begun = "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)\n";
    check(
        LOOP,
        &format!(
            "{begun} each wrong-rounds 1 1 => each failed wrong-rounds, stop; failed at each: wrong-rounds"
        ),
    );
    check(
        LOOP,
        &format!(
            "{begun} each body 1 => each failed unknown-port, stop; failed at each: unknown-port
             error => each: the loop `each` sent items to its output `body`, which only rounds have"
        ),
    );
}

#[test]
fn rounds_are_counted_over_all_suspensions_of_a_step() {
    let before = "request start
        begin
        start ok
        each rounds 1 1
        a[0] ok
        a[1] ok
        each rounds";
    let ask = |count: usize| Game::after(LOOP, before).play(&format!("each rounds{}", " 1".repeat(count)));
    // Two rounds, and one suspension for none.
    assert!(ask(99_997).ends_with("1 1; call a[2](each1)"));
    assert_eq!(
        ask(99_998),
        "each failed too-many-rounds, stop; failed at each: too-many-rounds"
    );
}

#[test]
fn a_disabled_loop_lets_its_input_through_and_has_no_rounds() {
    check(
        "start > each; each.body > a; a > each.next; each > b; each: disabled",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; each disabled done: start1; call b(start1)
         b ok          => b done out: b1; succeeded
         steps         => start succeeded; each skipped disabled; b succeeded",
    );
}

#[test]
fn a_loop_that_nothing_reaches_is_dead() {
    check(
        LOOP,
        "request start => requested
         begin         => started; call start(in)
         start none    => start done; each dead; b dead; succeeded",
    );
}

#[test]
fn a_disabled_node_in_a_body_lets_the_items_of_the_round_through() {
    check(
        "start > each; each.body > a; a > each.next; a: disabled",
        "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; a[0] disabled out: each1; resume each(start1, each1) by rounds",
    );
}
