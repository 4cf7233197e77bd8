use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::note::Level;
use crate::transcript::{SharedTranscript, Transcript};

/// Longest line before it is broken, in bytes.
const MAX_LINE: usize = 8 << 10;
/// How much of the end of standard error is kept, in bytes.
const MAX_TAIL: usize = 2 << 10;
/// Most bytes in one write; it also bounds what `write-zeroes` allocates.
const PERMIT: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Out,
    Error,
}

/// Lines that are not complete yet, and the end of standard error, which is all that is left of a panic.
#[derive(Default)]
pub(crate) struct Console {
    out: Vec<u8>,
    error: Vec<u8>,
    tail: Vec<u8>,
}

impl Console {
    /// The end of standard error, as far as it is text.
    pub(crate) fn tail(&self) -> String {
        String::from_utf8_lossy(&self.tail).trim().to_owned()
    }

    fn keep_tail(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(MAX_TAIL)..];
        let excess = (self.tail.len() + bytes.len()).saturating_sub(MAX_TAIL);
        self.tail.drain(..excess);
        self.tail.extend_from_slice(bytes);
    }
}

impl Transcript {
    /// Turns what is complete into log lines.
    fn print(&mut self, channel: Channel, mut bytes: &[u8]) {
        if channel == Channel::Error {
            self.console.keep_tail(bytes);
        }
        while !bytes.is_empty() {
            let line = self.line(channel);
            let room = MAX_LINE - line.len();
            let break_at = bytes
                .iter()
                .position(|byte| *byte == b'\n')
                .filter(|at| *at <= room);
            let taken = break_at.unwrap_or_else(|| bytes.len().min(room));
            line.extend_from_slice(&bytes[..taken]);
            let full = line.len() == MAX_LINE;
            bytes = &bytes[taken + usize::from(break_at.is_some())..];
            if break_at.is_some() || full {
                self.end_line(channel);
            }
        }
    }

    pub(crate) fn flush_console(&mut self) {
        for channel in [Channel::Out, Channel::Error] {
            if !self.line(channel).is_empty() {
                self.end_line(channel);
            }
        }
    }

    fn end_line(&mut self, channel: Channel) {
        let mut line = std::mem::take(self.line(channel));
        let level = if channel == Channel::Out {
            Level::Info
        } else {
            Level::Warn
        };
        self.log(level, &String::from_utf8_lossy(&line));
        line.clear();
        *self.line(channel) = line;
    }

    fn line(&mut self, channel: Channel) -> &mut Vec<u8> {
        match channel {
            Channel::Out => &mut self.console.out,
            Channel::Error => &mut self.console.error,
        }
    }
}

/// Standard output or error of a guest. It takes everything: what is over the caps of the transcript is counted and
/// dropped there, so that a guest that prints too much is not broken by it.
#[derive(Clone)]
pub(crate) struct Printer {
    pub(crate) channel: Channel,
    pub(crate) transcript: SharedTranscript,
}

impl IsTerminal for Printer {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printer {
    /// Only WASI 0.3 asks for this one, which the sandbox does not offer.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Printer {
    async fn ready(&mut self) {}
}

impl OutputStream for Printer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.transcript.lock().print(self.channel, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::Limits;
    use crate::note::Note;

    #[test]
    fn output_becomes_lines_and_the_end_of_errors_is_kept() {
        let (sink, mut notes) = mpsc::channel(16);
        let transcript = SharedTranscript::new(Some(sink), &Limits::default());
        let mut out = transcript.lock();
        out.print(Channel::Out, b"one\ntw");
        out.print(Channel::Error, &[b'x'; 10_000]);
        out.print(Channel::Error, b"\npanicked here\n");
        out.print(Channel::Out, b"o\n\nlast");
        out.finish();
        assert!(out.console.tail().ends_with("x\npanicked here") && out.console.tail().len() <= MAX_TAIL);
        let lines: Vec<(Level, String)> = std::iter::from_fn(|| match notes.try_recv() {
            Ok(Note::Log { level, message }) => Some((level, message.chars().take(9).collect())),
            _ => None,
        })
        .collect();
        let line = |level, text: &str| (level, text.to_owned());
        let x = "xxxxxxxxx";
        assert_eq!(
            lines,
            [
                line(Level::Info, "one"),
                line(Level::Warn, x),
                line(Level::Warn, x),
                line(Level::Warn, "panicked "),
                line(Level::Info, "two"),
                line(Level::Info, ""),
                line(Level::Info, "last"),
            ]
        );
    }
}
