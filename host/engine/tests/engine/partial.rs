//! Runs of a part of a workflow, and runs that go on from earlier ones.

use crate::support::table::check;

#[test]
fn a_run_to_a_node_leaves_out_what_it_does_not_need() {
    check(
        "start > a, x; a > b; b > c; x > join; a > join.in-1",
        "request start to b => requested
         begin              => started; call start(in)
         start ok           => start done out: start1; call a(start1)
         a ok               => a done out: a1; call b(a1)
         b ok               => b done out: b1; succeeded
         result             => b.out: b1
         steps              => start succeeded; a succeeded; b succeeded",
    );
}

#[test]
fn a_run_to_a_node_behind_a_loop_or_to_the_loop_runs_its_whole_body() {
    let graph = "start > each; each.body > a; a > b; a > each.next; each > c; c > d";
    let rounds = "begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 => each waits for rounds 1; call a[0](each1)
         a[0] ok       => a[0] done out: a1@0; call b[0](a1@0)
         b[0] ok       => b[0] done out: b1@0; resume each(start1, a1@0) by rounds\n";
    check(
        graph,
        &format!(
            "request start to c => requested\n {rounds}
             each ok => each done done: each1; call c(each1)
             c ok    => c done out: c1; succeeded"
        ),
    );
    check(
        graph,
        &format!("request start to each => requested\n {rounds} each ok => each done done: each1; succeeded"),
    );
}

#[test]
fn a_run_to_a_node_in_a_body_runs_the_body_up_to_it() {
    check(
        "start > each; each.body > a, x; a > b; b > each.next; a > each.next; each > c",
        "request start to a => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call each(start1, -)
         each rounds 1 1 => each waits for rounds 1 1; call a[0](each1)
         a[0] ok       => a[0] done out: a1@0; call a[1](each2)
         a[1] ok       => a[1] done out: a1@1; resume each(start1, a1@0 a1@1) by rounds
         each ok       => each done done: each1; succeeded",
    );
}

#[test]
fn one_node_runs_alone_on_given_input() {
    let graph = "start > join.in-1; join > b; start > join";
    check(
        graph,
        "request join to join => requested
         begin   => started; call join(in, -, -)
         join ok => join done out: join1; succeeded
         result  => join.out: join1",
    );
    check(
        graph,
        "request join => failed: not-a-trigger
         error => the run: node `join` cannot start a run: choose a trigger of the workflow",
    );
    check(
        graph,
        "request b to join => failed: unreachable-target
         error => the run: no path leads from node `b` to node `join`: choose another trigger",
    );
    check(
        graph,
        "request start to nobody => failed: unreachable-target
         error => the run: the workflow has no node with index 99",
    );
}

#[test]
fn a_node_in_a_body_runs_alone_as_if_there_were_no_loop() {
    check(
        "start > each1; each1.body > each2; each2.body > a; a > each2.next; each2 > each1.next; each2 > b",
        "request each2 to b => requested
         begin          => started; call each2(in, -)
         each2 rounds 1 => each2 waits for rounds 1; call a[0](each21)
         a[0] ok        => a[0] done out: a1@0; resume each2(in, a1@0) by rounds
         each2 ok       => each2 done done: each21; call b(each21)
         b ok           => b done out: b1; succeeded
         steps          => each2 succeeded; b succeeded; a[0] succeeded",
    );
}

#[test]
fn pinned_items_stand_in_for_calls() {
    let graph = "start > a, off; a > each; each.body > b; b > each.next; each > c; off > d; start: pinned 1; b: pinned 2; \
                 off: pinned 1 disabled; d: pinned 1";
    check(
        graph,
        r#"request start pins => requested
         begin           => started; start pinned out: {"pin":0}; off disabled out: {"pin":0}; d pinned out: {"pin":0};
                            call a({"pin":0})
         a ok            => a done out: a1; call each(a1, -)
         each rounds 1 0 => each waits for rounds 1 0; b[0] pinned out: {"pin":0} {"pin":1}; b[1] dead;
                            resume each(a1, {"pin":0} {"pin":1}) by rounds
         restart         => call again each(a1, {"pin":0} {"pin":1}) by rounds
         each ok         => each done done: each1; call c(each1)"#,
    );
    check(
        graph,
        "request start => requested
         begin         => started; call start(in)",
    );
}

#[test]
fn a_pinned_loop_has_no_rounds() {
    check(
        "start > each; each.body > b; b > each.next; each > c; each: pinned 1",
        r#"request start to c pins => requested
         begin    => started; call start(in)
         start ok => start done out: start1; each pinned done: {"pin":0}; call c({"pin":0})"#,
    );
}

#[test]
fn a_failed_run_goes_on_where_it_failed() {
    check(
        "start > a, b; a > c",
        "request start => requested
         begin         => started; call start(in)
         reopen        => the run has not ended yet
         start ok      => start done out: start1; call a(start1); call b(start1)
         b !boom       => b failed boom, stop; interrupt a
         a !cancelled  => a failed cancelled, stop; failed at b: boom
         reopen        => wait 0 for a#2; wait 0 for b#2
         status        => running
         a#2 due       => call a#2(start1)
         b#2 due       => call b#2(start1)
         a#2 ok        => a#2 done out: a1; call c(a1)
         b#2 ok        => b#2 done out: b1
         c ok          => c done out: c1; succeeded
         reopen        => the run succeeded: there is nothing left to do; run it again, or from a certain node",
    );
}

#[test]
fn a_stopped_run_goes_on_within_its_rounds() {
    check(
        "start > each; each.body > a; a > each.next; each > b; start > c",
        "request start   => requested
         begin           => started; call start(in)
         start ok        => start done out: start1; call each(start1, -); call c(start1)
         c asks          => c waits for signal; await c
         each rounds 1 1 => each waits for rounds 1 1; call a[0](each1)
         a[0] ok         => a[0] done out: a1@0; call a[1](each2)
         a[1] !boom      => a[1] failed boom, stop; each failed cancelled, stop; c failed cancelled, stop;
                            failed at a: boom
         reopen          => await c; wait 0 for a[1]#2
         a[1]#2 due      => call a[1]#2(each2)
         a[1]#2 ok       => a[1]#2 done out: a1@1; resume each(start1, a1@0 a1@1) by rounds
         time-out        => interrupt each; c failed cancelled, stop
         each !cancelled => each failed cancelled, stop; timed out
         reopen          => await c; wait 0 for each#2
         each#2 due      => call each#2(start1, a1@0 a1@1) by rounds
         each#2 ok       => each#2 done done: each1; call b(each1)
         b ok            => b done out: b1
         c signal 1      => resume c(start1) by signal with c1
         c ok            => c done out: c1; succeeded",
    );
}

#[test]
fn a_run_goes_on_from_a_node_with_what_was_brought_to_it() {
    let run = "request start => requested
         begin         => started; call start(in)
         start ok      => start done out: start1; call a(start1); call x(start1)
         a ok          => a done out: a1; call each(a1, -)
         x ok          => x done out: x1
         each rounds 1 => each waits for rounds 1; call b[0](each1)
         b[0] ok       => b[0] done out: b1@0; resume each(a1, b1@0) by rounds
         each ok       => each done done: each1; call c(each1)
         c ok          => c done out: c1; succeeded\n";
    let graph = "start > a, x; a > each; each.body > b; b > each.next; each > c";
    check(
        graph,
        &format!(
            "{run} reopen from c => call c(each1)
             c ok   => c done out: c1; succeeded
             result => x.out: x1; c.out: c1"
        ),
    );
    check(
        graph,
        &format!(
            "{run} reopen from each => call each(a1, -)
             each rounds 1 => each waits for rounds 1; call b[0](each1)"
        ),
    );
    check(graph, &format!("{run} reopen from start => call start(in)"));
    check(
        graph,
        &format!(
            "{run}
             reopen from b => node `b` stands inside a loop: run from the loop itself, or from a node in front of it
             reopen from nobody => the workflow has no node with index 99"
        ),
    );
}

#[test]
fn a_run_does_not_go_on_from_a_node_that_nothing_was_brought_to() {
    check(
        "start > if; if.true > a; if.false > b; a > c; c > d; start2 > e",
        "request start => requested
         reopen from a => node `a` needs what `start` puts out, but `start` did not end well in that run
         begin         => started; call start(in)
         start ok      => start done out: start1; call if(start1)
         if true 1     => if done true: if1; b dead; call a(if1)
         a !boom       => a failed boom, stop; failed at a: boom
         reopen from b => nothing arrived at node `b` in that run
         reopen from d => node `d` needs what `a` puts out, but `a` did not end well in that run
         reopen from e => node `e` had no part in the run: choose a node that the run's trigger leads to
         reopen from a => call a(if1)",
    );
    check(
        "start > a",
        "reopen => the run was never requested, so there is nothing to go on with",
    );
}

#[test]
fn a_run_goes_on_from_a_node_no_further_than_it_is_told() {
    let graph = "start > a; a > b, x; b > c; c > d; x > join; b > join.in-1";
    let run = "request start => requested
         begin    => started; call start(in)
         start ok => start done out: start1; call a(start1)
         a ok     => a done out: a1; call b(a1); call x(a1)
         x ok     => x done out: x1
         b ok     => b done out: b1; call c(b1); call join(x1, b1, -)
         c !boom  => c failed boom, stop; interrupt join
         join ok  => join done out: join1; failed at c: boom\n";
    check(
        graph,
        &format!(
            "{run} reopen from b to b => call b(a1)
             b ok   => b done out: b1; succeeded
             result => b.out: b1"
        ),
    );
    check(
        graph,
        &format!(
            "{run} reopen from b to c => call b(a1)
             b ok => b done out: b1; call c(b1)
             c ok => c done out: c1; succeeded"
        ),
    );
    check(
        graph,
        &format!(
            "{run}
             reopen from c to b => node `b` does not come after node `c`: choose `c` itself or a node behind it
             reopen from c to nobody => node `99` does not come after node `c`: choose `c` itself or a node behind it"
        ),
    );
}

#[test]
fn pins_count_in_a_run_that_goes_on_as_they_do_in_any_other() {
    let graph = "start > a; a > b; b > c; a: pinned 1; c: pinned 1";
    let called = "request start => requested
         begin    => started; call start(in)
         start ok => start done out: start1; call a(start1)
         a ok     => a done out: a1; call b(a1)
         b ok     => b done out: b1; call c(b1)
         c ok     => c done out: c1; succeeded\n";
    check(graph, &format!("{called} reopen from b => call b(a1)"));
    check(
        graph,
        &format!(
            r#"{called} reopen from b with pins => call b({{"pin":0}})
             b ok => b done out: b1; c pinned out: {{"pin":0}}; succeeded"#
        ),
    );
    let pinned = r#"request start pins => requested
         begin    => started; call start(in)
         start ok => start done out: start1; a pinned out: {"pin":0}; call b({"pin":0})
         b ok     => b done out: b1; c pinned out: {"pin":0}; succeeded"#;
    check(
        graph,
        &format!(
            "{pinned}
             reopen from b without pins => node `a` had pinned items in that run, which count only in runs of a draft: \
             run the draft, or this version from the start"
        ),
    );
    check(
        graph,
        &format!("{pinned}\n reopen from start without pins => call start(in)"),
    );
}
