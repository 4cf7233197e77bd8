use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::Limits;
use crate::note::{Level, Note};
use crate::stdio::Console;

/// Longest log line, in bytes, before escapes.
const MAX_LINE: usize = 8 << 10;
/// Longest message of a progress report, in bytes.
const MAX_PROGRESS: usize = 1 << 10;
/// Shortest time between two progress reports.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);
/// Notes and their bytes that cost a call no time; what is beyond them does, for it is written to disk, for which others wait.
const FREE_NOTES: u32 = 100;
const FREE_BYTES: usize = 64 << 10;
const PAUSE_OF_NOTE: Duration = Duration::from_micros(40);
const PAUSE_OF_KIB: Duration = Duration::from_micros(40);

/// Everything that the guest says, within its caps. Shared with the streams that WASI hands out.
#[derive(Clone)]
pub(crate) struct SharedTranscript(Arc<Mutex<Transcript>>);

impl SharedTranscript {
    pub(crate) fn new(sink: Option<mpsc::Sender<Note>>, limits: &Limits) -> Self {
        Self(Arc::new(Mutex::new(Transcript {
            sink,
            lines_left: limits.log_lines,
            bytes_left: limits.log_bytes,
            partial_left: limits.partial_bytes,
            dropped: 0,
            sent_notes: 0,
            sent_bytes: 0,
            last_progress: None,
            pending_progress: None,
            pending_partial: String::new(),
            console: Console::default(),
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Transcript> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Transcript {
    sink: Option<mpsc::Sender<Note>>,
    lines_left: u32,
    bytes_left: usize,
    partial_left: usize,
    dropped: u64,
    sent_notes: u32,
    sent_bytes: usize,
    last_progress: Option<Instant>,
    pending_progress: Option<Note>,
    /// Text that the channel had no place for.
    pending_partial: String,
    pub(crate) console: Console,
}

impl Transcript {
    pub(crate) fn log(&mut self, level: Level, message: &str) {
        let message = cut(message, MAX_LINE);
        if self.lines_left == 0 || message.len() > self.bytes_left {
            self.dropped += 1;
            return;
        }
        self.lines_left -= 1;
        self.bytes_left -= message.len();
        self.sent_notes += 1;
        self.sent_bytes += message.len();
        if !self.send(Note::Log {
            level,
            message: escape(message),
        }) {
            self.dropped += 1;
        }
    }

    /// Reports that come too fast are held back; the last one always arrives.
    pub(crate) fn progress(&mut self, fraction: Option<f32>, message: &str) {
        let fraction = fraction
            .filter(|fraction| fraction.is_finite())
            .map(|fraction| fraction.clamp(0.0, 1.0));
        let note = Note::Progress {
            fraction,
            message: escape(cut(message, MAX_PROGRESS)),
        };
        let now = Instant::now();
        if self
            .last_progress
            .is_some_and(|last| now.duration_since(last) < PROGRESS_INTERVAL)
        {
            self.pending_progress = Some(note);
            return;
        }
        self.last_progress = Some(now);
        self.pending_progress = None;
        self.send(note);
    }

    pub(crate) fn partial(&mut self, text: &str) {
        let text = cut(text, self.partial_left);
        self.partial_left -= text.len();
        self.pending_partial.push_str(text);
        self.flush_partial();
    }

    fn flush_partial(&mut self) {
        let Some(sink) = &self.sink else {
            return self.pending_partial.clear();
        };
        if !self.pending_partial.is_empty()
            && let Ok(place) = sink.try_reserve()
        {
            self.sent_notes += 1;
            self.sent_bytes += self.pending_partial.len();
            place.send(Note::Partial {
                text: std::mem::take(&mut self.pending_partial),
            });
        }
    }

    /// Says what was held back. Returns how many log lines were dropped.
    pub(crate) fn finish(&mut self) -> u64 {
        self.flush_console();
        self.flush_partial();
        if let Some(note) = self.pending_progress.take() {
            self.send(note);
        }
        if self.dropped > 0 {
            let message = format!(
                "{} log lines were dropped: the call wrote more than it may",
                self.dropped
            );
            self.send(Note::Log {
                level: Level::Warn,
                message,
            });
        }
        self.sink = None;
        self.dropped
    }

    /// How long a call that has said much is to wait before it ends.
    pub(crate) fn pause(&self) -> Duration {
        let notes = self.sent_notes.saturating_sub(FREE_NOTES);
        let kib = self.sent_bytes.saturating_sub(FREE_BYTES) >> 10;
        PAUSE_OF_NOTE * notes + PAUSE_OF_KIB * kib as u32
    }

    fn send(&self, note: Note) -> bool {
        self.sink.as_ref().is_none_or(|sink| sink.try_send(note).is_ok())
    }
}

/// At most `limit` bytes, not through a character.
fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// Escapes what would let a line pose as something else: control characters (C0, C1, so ANSI sequences and line
/// breaks too) and the marks that turn the direction of text.
fn escape(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harmful = |c: char| (c.is_control() && c != '\t') || turns(c);
    if !text.contains(harmful) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmful(c) {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript(limits: &Limits) -> (SharedTranscript, mpsc::Receiver<Note>) {
        let (sink, notes) = mpsc::channel(4096);
        (SharedTranscript::new(Some(sink), limits), notes)
    }

    fn drain(mut notes: mpsc::Receiver<Note>) -> Vec<Note> {
        std::iter::from_fn(|| notes.try_recv().ok()).collect()
    }

    #[test]
    fn lines_over_the_limit_are_counted_and_told_once() {
        let (transcript, notes) = transcript(&Limits::default());
        for line in 0..5_000 {
            transcript.lock().log(Level::Info, &format!("line {line}"));
        }
        assert_eq!(transcript.lock().finish(), 4_000);
        assert_eq!(transcript.lock().pause(), 900 * PAUSE_OF_NOTE);
        let notes = drain(notes);
        assert_eq!(notes.len(), 1_001);
        let message = "4000 log lines were dropped: the call wrote more than it may".to_owned();
        assert_eq!(
            notes[1_000],
            Note::Log {
                level: Level::Warn,
                message
            }
        );
    }

    #[test]
    fn bytes_are_bounded_even_if_lines_are_not() {
        let (transcript, notes) = transcript(&Limits::default());
        for _ in 0..200 {
            transcript.lock().log(Level::Info, &"ä".repeat(1 << 20));
        }
        let written: usize = drain(notes)
            .iter()
            .map(|note| {
                if let Note::Log { message, .. } = note {
                    message.len()
                } else {
                    0
                }
            })
            .sum();
        assert_eq!(written, 1 << 20);
    }

    #[test]
    fn a_line_cannot_pose_as_another() {
        assert_eq!(escape("a\x1b[31m\nb\tc\u{202e}"), "a\\u{1b}[31m\\nb\tc\\u{202e}");
    }

    #[test]
    fn the_last_progress_arrives() {
        let (transcript, notes) = transcript(&Limits::default());
        for step in 0..=100 {
            transcript.lock().progress(Some(step as f32 / 100.0), "");
        }
        transcript.lock().progress(Some(f32::NAN), "end");
        transcript.lock().finish();
        let notes = drain(notes);
        assert!(notes.len() < 10, "{}", notes.len());
        assert_eq!(
            notes.last(),
            Some(&Note::Progress {
                fraction: None,
                message: "end".into()
            })
        );
    }
}
