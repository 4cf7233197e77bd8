//! A program that runs beside this one: never left behind, and asked to end before it is made to.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::process;

/// A server lets steps under way end; what remains is continued at its next start.
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Killed when dropped.
pub(crate) struct Child {
    process: Process,
    line: String,
}

impl Child {
    /// Starts it in a process group of its own, so that Ctrl-C reaches it once, from here, and in order.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        process::without_own_package(command);
        let line = process::line(command);
        eprintln!("$ {line}");
        let process = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start `{line}`"))?;
        Ok(Self { process, line })
    }

    /// The first line of its stdout, by which it says that it serves; stdout must be piped.
    ///
    /// # Errors
    ///
    /// If it ends without one.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        let stdout = self
            .process
            .stdout
            .take()
            .with_context(|| format!("`{}` has no pipe", self.line))?;
        let mut first = String::new();
        BufReader::new(stdout).read_line(&mut first)?;
        if first.is_empty() {
            bail!(
                "`{}` ended at once, with {}; it has said why above",
                self.line,
                self.process.wait()?
            );
        }
        Ok(first.trim_end().to_owned())
    }

    /// Until it ends. If this process is asked to end, it is asked first.
    ///
    /// # Errors
    ///
    /// If it does not end when asked.
    pub(crate) fn wait(&mut self, asked: &AskedToEnd) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            if asked.is_set() {
                return self.stop();
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn stop(&mut self) -> Result<ExitStatus> {
        kill_process(Pid::from_child(&self.process), Signal::TERM).context("cannot end the child")?;
        let started = Instant::now();
        while started.elapsed() < STOP_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        bail!(
            "`{}` did not end within {}: killed it",
            self.line,
            process::shown(STOP_WITHIN)
        )
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Whether Ctrl-C was pressed, or another signal asked this process to end.
pub(crate) struct AskedToEnd(Arc<AtomicBool>);

impl AskedToEnd {
    /// From now on such signals are only noted.
    ///
    /// # Errors
    ///
    /// If the system refuses to report them.
    pub(crate) fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, Arc::clone(&asked)).context("cannot listen for signals")?;
        }
        Ok(Self(asked))
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never_asked() -> AskedToEnd {
        AskedToEnd(Arc::default())
    }

    #[test]
    fn the_status_is_the_childs() {
        let mut child = Child::start(Command::new("sh").args(["-c", "exit 3"])).unwrap();
        assert_eq!(child.wait(&never_asked()).unwrap().code(), Some(3));
    }

    #[test]
    fn a_child_is_asked_before_it_is_killed() {
        let mut script = Command::new("sh");
        script
            .args([
                "-c",
                "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done",
            ])
            .stdout(Stdio::piped());
        let mut child = Child::start(&mut script).unwrap();
        assert_eq!(child.first_line().unwrap(), "ready");
        let asked = AskedToEnd(Arc::new(AtomicBool::new(true)));
        assert_eq!(child.wait(&asked).unwrap().code(), Some(7));
    }

    #[test]
    fn nothing_is_left_behind() {
        let child = Child::start(Command::new("sleep").arg("600")).unwrap();
        let id = Pid::from_child(&child.process);
        drop(child);
        assert!(rustix::process::test_kill_process(id).is_err());
    }

    #[test]
    fn ending_without_a_line_is_an_error() {
        let mut child = Child::start(Command::new("false").stdout(Stdio::piped())).unwrap();
        assert!(
            child
                .first_line()
                .unwrap_err()
                .to_string()
                .contains("ended at once")
        );
    }
}
