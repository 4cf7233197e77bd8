use std::cell::Cell;
use std::io::{Error, ErrorKind, Read, Result};
use std::rc::Rc;

use crate::params::Encoding;

/// Bytes in one read.
const PIECE: usize = 256 * 1024;

/// What Windows-1252 has between 0x80 and 0x9F (WHATWG Encoding standard).
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A stream in UTF-8 of one in another encoding, without a byte order mark.
pub(crate) struct Decoded<R> {
    inner: R,
    encoding: Encoding,
    order: fn([u8; 2]) -> u16,
    /// Bytes of a character whose rest has not come yet.
    rest: Vec<u8>,
    /// Not yet given out, from `at` on.
    ready: Vec<u8>,
    at: usize,
    started: bool,
    row: RowLimit,
}

/// Bounds what is read for one row: a quote that is never closed makes one row of the whole file.
#[derive(Debug, Clone)]
pub(crate) struct RowLimit {
    read: Rc<Cell<usize>>,
    most: usize,
}

impl RowLimit {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            read: Rc::default(),
            most,
        }
    }

    pub(crate) fn start_row(&self) {
        self.read.set(0);
    }

    fn count(&self, bytes: usize) -> Result<()> {
        self.read.set(self.read.get() + bytes);
        if self.read.get() <= self.most {
            return Ok(());
        }
        let message = format!("a row has more than {} bytes; is a quote not closed?", self.most);
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(inner: R, encoding: Encoding, row: RowLimit) -> Self {
        Self {
            inner,
            encoding,
            order: u16::from_le_bytes,
            rest: Vec::new(),
            ready: Vec::new(),
            at: 0,
            started: false,
            row,
        }
    }

    /// False at the end.
    fn fill(&mut self) -> Result<bool> {
        self.ready.clear();
        self.at = 0;
        while self.ready.is_empty() {
            let mut piece = std::mem::take(&mut self.rest);
            let kept = piece.len();
            (&mut self.inner).take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.len() == kept {
                return if kept == 0 { Ok(false) } else { Err(broken()) };
            }
            let piece = self.without_mark(piece);
            self.decode(piece)?;
        }
        Ok(true)
    }

    fn without_mark(&mut self, mut piece: Vec<u8>) -> Vec<u8> {
        if std::mem::replace(&mut self.started, true) {
            return piece;
        }
        match (self.encoding, piece.as_slice()) {
            (Encoding::Utf8, [0xEF, 0xBB, 0xBF, ..]) => piece.drain(..3),
            (Encoding::Utf16, [0xFF, 0xFE, ..]) => piece.drain(..2),
            (Encoding::Utf16, [0xFE, 0xFF, ..]) => {
                self.order = u16::from_be_bytes;
                piece.drain(..2)
            }
            _ => return piece,
        };
        piece
    }

    fn decode(&mut self, piece: Vec<u8>) -> Result<()> {
        match self.encoding {
            Encoding::Utf8 => self.ready = piece,
            Encoding::Latin1 => {
                let read = |byte: u8| match byte {
                    0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
                    _ => char::from(byte),
                };
                self.ready = piece.into_iter().map(read).collect::<String>().into_bytes();
            }
            Encoding::Utf16 => {
                let mut units: Vec<u16> = piece
                    .chunks_exact(2)
                    .map(|pair| (self.order)([pair[0], pair[1]]))
                    .collect();
                let mut whole = units.len() * 2;
                if units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit)) {
                    units.pop();
                    whole -= 2;
                }
                self.rest = piece[whole..].to_vec();
                let text: std::result::Result<String, _> = char::decode_utf16(units).collect();
                self.ready = text.map_err(|_| broken())?.into_bytes();
            }
        }
        Ok(())
    }
}

fn broken() -> Error {
    Error::new(ErrorKind::InvalidData, "the bytes are not UTF-16")
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.at == self.ready.len() && !self.fill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        self.row.count(length)?;
        Ok(length)
    }
}
