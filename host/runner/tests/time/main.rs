//! Runs under a clock that the test moves: years of waiting, days of retries, limits of time, in little real time. And what
//! must not happen when several ask for one run at once, or when a run may keep little in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod at_once;
mod document;
mod flow;
mod house;
mod limits;
mod retries;
mod spill;
mod tenants;
mod waits;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(house::COMPILE) {
        return monshyflow_sandbox::compile_child_main();
    }
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    macro_rules! tests {
        ($($module:ident::$test:ident),+ $(,)?) => {
            $(trials.push(Trial::test(stringify!($test), || {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                runtime.block_on($module::$test());
                Ok(())
            }));)+
        };
    }
    tests![
        waits::years_pass,
        waits::a_wait_begins_on_a_leap_day,
        waits::what_is_over_is_not_waited_for,
        waits::the_longest_wait_can_be_cancelled,
        waits::a_clock_that_is_set_back_wakes_nobody,
        waits::many_alarms_ring_at_once,
        waits::nobody_answers_for_a_year,
        waits::a_called_run_waits_for_years,
        retries::retries_wait_for_days,
        retries::a_retry_is_not_put_off_by_restarts,
        retries::a_retry_comes_whatever_the_clock_is_set_to,
        limits::a_run_has_its_time_and_no_more,
        limits::waiting_takes_none_of_a_runs_time,
        limits::a_restart_gives_no_new_time,
        limits::a_run_that_is_out_of_time_is_not_taken_up,
        limits::setting_the_clock_takes_no_time,
        flow::a_rate_lets_so_many_begin_and_loses_none,
        flow::a_queued_run_is_cancelled_at_once_and_gives_its_turn_away,
        flow::the_last_of_a_burst_runs_after_it,
        flow::who_waits_lets_others_work,
        flow::a_key_that_cannot_be_evaluated_starts_nothing,
        spill::changes_nothing_that_a_run_finds,
        spill::outlives_a_restart,
        spill::too_much_at_once_is_an_error,
        tenants::take_turns,
        tenants::have_so_many_places,
        at_once::many_answers_count_once,
        at_once::recovering_again_counts_once,
        at_once::who_starts_a_run_may_go_away,
        at_once::all_open_runs_are_recovered,
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}
