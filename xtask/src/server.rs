//! The server as a child process: started, waited for, and stopped whatever happens.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::process;

/// A first start compiles every node to native code, one after the other.
const READY_WITHIN: Duration = Duration::from_secs(180);
/// Steps under way may end; what remains is continued at the next start.
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(crate) struct Options {
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
    /// Built components.
    pub(crate) nodes: PathBuf,
    /// Workflow files to import.
    pub(crate) examples: PathBuf,
    /// More arguments for `monshyflow serve`.
    pub(crate) passed: Vec<String>,
}

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    /// Set when this process was asked to end.
    asked: Arc<AtomicBool>,
}

impl Server {
    /// # Errors
    ///
    /// If the port is taken or the program does not start.
    pub(crate) fn start(program: &Path, options: &Options) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        TcpListener::bind(address).with_context(|| {
            format!(
                "port {} is taken: end what listens there, or choose another with --port",
                options.port
            )
        })?;
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            signal_hook::flag::register(signal, Arc::clone(&asked)).context("cannot listen for signals")?;
        }
        let mut command = Command::new(program);
        command.args(["serve", "--listen"]).arg(address.to_string());
        command
            .arg("--data")
            .arg(&options.data)
            .arg("--nodes")
            .arg(&options.nodes);
        if options.examples.is_dir() {
            command.arg("--import").arg(&options.examples);
        }
        command.args(&options.passed).stdin(Stdio::null());
        process::without_own_package(&mut command);
        // In a group of its own, so that Ctrl-C reaches it once, from here.
        command.process_group(0);
        eprintln!("$ {}", process::line(&command));
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self {
            child,
            address,
            asked,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// # Errors
    ///
    /// If the server ends before it is ready, is not ready in time, or this process was asked to end.
    pub(crate) fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !is_ready(self.address) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended before it was ready, with {status}: it has said why above");
            }
            if self.asked.load(Ordering::Relaxed) {
                self.stop()?;
                bail!("interrupted before the server was ready");
            }
            if started.elapsed() > READY_WITHIN {
                bail!(
                    "{}/readyz did not answer 200 within {}",
                    self.url(),
                    process::shown(READY_WITHIN)
                );
            }
            std::thread::sleep(LOOK_EVERY);
        }
        eprintln!(
            "xtask: the server is ready after {}",
            process::shown(started.elapsed())
        );
        Ok(())
    }

    /// Until the server ends or this process is asked to.
    ///
    /// # Errors
    ///
    /// If the server ended by itself.
    pub(crate) fn wait(mut self) -> Result<ExitCode> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended by itself, with {status}");
            }
            if self.asked.load(Ordering::Relaxed) {
                eprintln!("xtask: stopping the server");
                self.stop()?;
                return Ok(ExitCode::SUCCESS);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Asks the server to drain and end; insists after a while.
    ///
    /// # Errors
    ///
    /// If it had to be killed or did not end well.
    pub(crate) fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            let group = Pid::from_child(&self.child);
            kill_process(group, Signal::TERM).context("cannot stop the server")?;
        }
        let started = Instant::now();
        while started.elapsed() < STOP_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return ended_well(status);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        self.child.kill()?;
        bail!(
            "the server did not end within {}: killed it",
            process::shown(STOP_WITHIN)
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn ended_well(status: ExitStatus) -> Result<()> {
    if status.success() {
        Ok(())
    } else {
        bail!("the server ended with {status}")
    }
}

/// Whether `/readyz` answers 200.
fn is_ready(address: SocketAddr) -> bool {
    let timeout = Duration::from_secs(2);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, timeout)?;
        stream.set_read_timeout(Some(timeout))?;
        let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut status_line = [0; 12];
        stream.read_exact(&mut status_line)?;
        Ok(status_line.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(port: u16) -> Options {
        let nowhere = PathBuf::from("/nowhere");
        Options {
            port,
            data: nowhere.clone(),
            nodes: nowhere.clone(),
            examples: nowhere,
            passed: Vec::new(),
        }
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = Server::start(Path::new("/bin/true"), &options(port))
            .err()
            .unwrap();
        assert!(error.to_string().contains(&port.to_string()), "{error}");
    }

    #[test]
    fn a_server_that_ends_at_once_is_noticed() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut server = Server::start(Path::new("/bin/false"), &options(port)).unwrap();
        assert!(
            server
                .wait_until_ready()
                .unwrap_err()
                .to_string()
                .contains("before it was ready")
        );
    }

    #[test]
    fn only_200_is_ready() {
        // Another address than the other tests', which free ports and connect to them.
        let listener = TcpListener::bind("127.0.0.2:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for status in ["503 Service Unavailable", "200 OK"] {
                let mut stream = listener.accept().unwrap().0;
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.extend(byte);
                }
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert!(!is_ready(address));
        assert!(is_ready(address));
        server.join().unwrap();
        assert!(!is_ready(address));
    }
}
