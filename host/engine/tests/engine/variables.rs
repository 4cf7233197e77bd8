//! Variables of a run: set by the steps that succeed, seen as they were when a step began.

use crate::support::table::check;

#[test]
fn a_step_that_succeeds_sets_variables_and_the_last_value_counts() {
    check(
        "start > a; a > b",
        "request start      => requested
         variables          => -
         begin              => started; call start(in)
         start ok sets x=1 y=2 x=3 => start done out: start1 sets x=3 y=2; call a(start1)
         variables          => x=3; y=2
         a ok sets y=\"new\" => a done out: a1 sets y=\"new\"; call b(a1)
         variables at b     => x=3; y=\"new\"
         restart            => call again b(a1)
         variables          => x=3; y=\"new\"
         b none             => b done; succeeded
         variables          => x=3; y=\"new\"",
    );
}

#[test]
fn a_retry_and_a_recovery_see_what_the_first_try_saw() {
    check(
        "start > a, b; a: retry 3 every 5",
        "request start     => requested
         begin             => started; call start(in)
         start ok sets x=1 => start done out: start1 sets x=1; call a(start1); call b(start1)
         b ok sets x=2     => b done out: b1 sets x=2
         variables at a    => x=1
         a ~busy           => a failed busy, retry; wait 5 for a#2
         restart           => wait 5 for a#2
         a#2 due           => call a#2(start1)
         variables at a    => x=1
         restart           => call again a#2(start1)
         variables at a    => x=1
         variables         => x=2
         a#2 ok            => a#2 done out: a1; succeeded",
    );
}

#[test]
fn a_step_that_began_without_variables_sees_none_later() {
    check(
        "start > a, b; a: retry 3 every 5",
        "request start  => requested
         begin          => started; call start(in)
         start ok       => start done out: start1; call a(start1); call b(start1)
         b ok sets x=2  => b done out: b1 sets x=2
         a ~busy        => a failed busy, retry; wait 5 for a#2
         variables at a => -
         a#2 due        => call a#2(start1)
         variables at a => -
         a#2 ok         => a#2 done out: a1; succeeded",
    );
}

#[test]
fn a_step_that_is_resumed_sees_what_was_set_meanwhile() {
    check(
        "start > each; each.body > a; a > each.next; each > b",
        "request start      => requested
         begin              => started; call start(in)
         start ok sets n=0  => start done out: start1 sets n=0; call each(start1, -)
         each rounds 1 1    => each waits for rounds 1 1; call a[0](each1)
         variables at a[0]  => n=0
         a[0] ok sets n=1   => a[0] done out: a1@0 sets n=1; call a[1](each2)
         variables at a[1]  => n=1
         variables at each  => n=0
         a[1] ok sets n=2   => a[1] done out: a1@1 sets n=2; resume each(start1, a1@0 a1@1) by rounds
         variables at each  => n=2
         restart            => call again each(start1, a1@0 a1@1) by rounds
         variables at each  => n=2
         each ok            => each done done: each1; call b(each1)
         b ok               => b done out: b1; succeeded",
    );
}

#[test]
fn a_step_that_fails_sets_nothing() {
    check(
        "start > a; a: continue; a > b",
        "request start     => requested
         begin             => started; call start(in)
         start ok          => start done out: start1; call a(start1)
         a !boom           => a failed boom, continue out: start1!; call b(start1!)
         variables         => -",
    );
}

#[test]
fn too_many_variables_end_the_run() {
    check(
        "start > a, b; a: continue",
        "request start          => requested
         begin                  => started; call start(in)
         start ok sets x=1 many=254 => start done out: start1 sets 255 of them; call a(start1); call b(start1)
         a ok sets x=2 v9=1 y=1 => a done out: a1 sets v9=1 x=2 y=1
         b ok sets z=1          => b failed too-many-variables, stop; failed at b: too-many-variables",
    );
    check(
        "start > a; a > b; b > c; c: continue",
        "request start            => requested
         begin                    => started; call start(in)
         start ok sets long=262100 => start done out: start1 sets long=..; call a(start1)
         a ok sets long=250000    => a done out: a1 sets long=..; call b(a1)
         b ok sets x=1 y=2        => b done out: b1 sets x=1 y=2; call c(b1)
         c ok sets long=262135    => c failed too-many-variables, stop; failed at c: too-many-variables",
    );
}

#[test]
fn a_run_that_is_taken_up_again_has_what_its_earlier_steps_set() {
    check(
        "start > a; a > b; b > c",
        "request start     => requested
         begin             => started; call start(in)
         start ok sets x=1 => start done out: start1 sets x=1; call a(start1)
         a ok sets y=1     => a done out: a1 sets y=1; call b(a1)
         b !boom           => b failed boom, stop; failed at b: boom
         reopen            => wait 0 for b#2
         variables         => x=1; y=1
         b#2 due           => call b#2(a1)
         variables at b    => x=1; y=1
         b#2 ok sets y=2   => b#2 done out: b1 sets y=2; call c(b1)
         c ok              => c done out: c1; succeeded
         reopen from b     => call b(a1)
         variables         => x=1; y=1
         b !boom           => b failed boom, stop; failed at b: boom
         reopen from a     => call a(start1)
         variables         => x=1",
    );
}
