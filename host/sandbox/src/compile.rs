use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::PublishError;
use crate::compile_child::{Order, REFUSED, order};
use crate::engine::Effort;

/// Longest compilation of one component, for each of the two tries, unless somebody says otherwise.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Address space of the child, in bytes. The host's own engine reserves terabytes for its pool; the child's none.
const MAX_MEMORY: u64 = 3 << 30;
/// Compilations at the same time, each on its half of the processors; others wait.
pub const MAX_COMPILATIONS: usize = 2;
/// How much of the child's complaint is read, in bytes.
const MAX_COMPLAINT: u64 = 8 << 10;

/// Most threads of the child: its address space is the same on machines with many processors.
const MAX_THREADS: u8 = 4;
/// The status of a Rust program that panicked.
const PANICKED: i32 = 101;

/// The program that compiles components, as a process of its own: it ends in `compile_child_main`.
#[derive(Debug, Clone)]
pub struct CompileChild {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// For each of the two tries.
    pub max_time: Duration,
    /// Address space, in bytes.
    pub max_memory: u64,
}

impl CompileChild {
    /// The running program, started again with these arguments.
    ///
    /// # Errors
    ///
    /// If the system does not say which file that is.
    pub fn this_program(args: &[&str]) -> std::io::Result<Self> {
        let args = args.iter().map(OsString::from).collect();
        Ok(Self {
            program: std::env::current_exe()?,
            args,
            max_time: MAX_TIME,
            max_memory: MAX_MEMORY,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Compiler {
    child: CompileChild,
    places: Semaphore,
    /// Some compilation has the half of the processors that one alone gets.
    usual_half: AtomicBool,
}

/// The half of the processors that a compilation has: the usual one, to be given back, or the other.
struct Half<'a>(Option<&'a AtomicBool>);

enum Failure {
    /// The component is at fault.
    Refused(String),
    /// Killed by a limit, or by a fault of the compiler that this component provokes.
    Died(String),
    Host(String),
}

impl Compiler {
    pub(crate) fn new(child: CompileChild) -> Self {
        Self {
            child,
            places: Semaphore::new(MAX_COMPILATIONS),
            usual_half: AtomicBool::new(false),
        }
    }

    fn half(&self) -> Half<'_> {
        let taken = self.usual_half.swap(true, Ordering::Relaxed);
        Half((!taken).then_some(&self.usual_half))
    }

    /// Writes native code to `output`. What does not compile within the limits is tried once more with the least effort.
    pub(crate) async fn compile(&self, wasm: &[u8], output: &File) -> Result<(), PublishError> {
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|error| PublishError::Host(error.to_string()))?;
        let half = self.half();
        let first = match self.attempt(wasm, output, Effort::Full, &half).await {
            Err(Failure::Died(reason)) => reason,
            other => return other.map_err(Failure::into_error),
        };
        tracing::warn!(
            bytes = wasm.len(),
            reason = first,
            "a component is compiled again without optimisation"
        );
        output
            .set_len(0)
            .map_err(|error| PublishError::Host(error.to_string()))?;
        self.attempt(wasm, output, Effort::Least, &half)
            .await
            .map_err(Failure::into_error)
    }

    async fn attempt(
        &self,
        wasm: &[u8],
        output: &File,
        effort: Effort,
        half: &Half<'_>,
    ) -> Result<(), Failure> {
        let host = |error: std::io::Error| Failure::Host(format!("the compiler cannot be started: {error}"));
        let mut child = Command::new(&self.child.program)
            .args(&self.child.args)
            .env_clear()
            .env("RAYON_NUM_THREADS", threads().to_string())
            .env("MALLOC_ARENA_MAX", MAX_THREADS.to_string())
            .stdin(Stdio::piped())
            .stdout(rewound(output).map_err(host)?)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(host)?;
        let order = order(effort, half.number(), threads(), self.child.max_memory);
        let talk = talk(&mut child, order, wasm);
        let Ok(talked) = tokio::time::timeout(self.child.max_time, talk).await else {
            let _ = child.kill().await;
            return Err(Failure::Died(format!(
                "not done after {} s",
                self.child.max_time.as_secs()
            )));
        };
        let (status, complaint) = talked.map_err(host)?;
        match status.code() {
            Some(0) => Ok(()),
            Some(code) if code == i32::from(REFUSED) => Err(Failure::Refused(complaint)),
            Some(PANICKED) => Err(Failure::Died(format!("the compiler failed: {complaint}"))),
            Some(code) => Err(Failure::Host(format!(
                "the compiler ended with status {code}: {complaint}"
            ))),
            None => Err(Failure::Died(format!("the compiler died: {status}"))),
        }
    }
}

impl Half<'_> {
    fn number(&self) -> u8 {
        u8::from(self.0.is_none())
    }
}

impl Drop for Half<'_> {
    fn drop(&mut self) {
        if let Some(taken) = self.0 {
            taken.store(false, Ordering::Relaxed);
        }
    }
}

/// As many as half of the processors.
fn threads() -> u8 {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    u8::try_from(processors / 2)
        .unwrap_or(MAX_THREADS)
        .clamp(1, MAX_THREADS)
}

fn rewound(output: &File) -> std::io::Result<File> {
    use std::io::Seek;
    let mut output = output.try_clone()?;
    output.rewind()?;
    Ok(output)
}

async fn talk(
    child: &mut Child,
    order: Order,
    wasm: &[u8],
) -> std::io::Result<(std::process::ExitStatus, String)> {
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A child that ends early does not read everything; its status says why.
            let _ = stdin.write_all(&order).await;
            let _ = stdin.write_all(wasm).await;
        }
    };
    let read = async {
        let mut complaint = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = (&mut stderr)
                .take(MAX_COMPLAINT)
                .read_to_end(&mut complaint)
                .await;
            let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&complaint).trim().to_owned()
    };
    let ((), complaint, status) = tokio::join!(write, read, child.wait());
    Ok((status?, complaint))
}

impl Failure {
    fn into_error(self) -> PublishError {
        match self {
            Self::Refused(reason) => PublishError::InvalidWasm(reason),
            Self::Died(reason) => PublishError::CompileLimit(reason),
            Self::Host(reason) => PublishError::Host(reason),
        }
    }
}
