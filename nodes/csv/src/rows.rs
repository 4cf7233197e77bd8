use std::io::{Cursor, ErrorKind, Read};

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord, Trim};
use monshyflow_sdk::{Item, NodeError};

use crate::decoded::{Decoded, RowLimit};
use crate::params::{Encoding, Params, Source};

/// Bytes of one row.
const MAX_ROW: usize = 8 * 1024 * 1024;
/// As many columns as spreadsheets have.
const MAX_CELLS: usize = 16_384;

/// The rows of an item's CSV, read as they are asked for.
pub(crate) struct Rows {
    reader: Reader<Decoded<Box<dyn Read>>>,
    limit: RowLimit,
}

impl Rows {
    pub(crate) fn open(params: &Params, item: &Item) -> Result<Self, NodeError> {
        let limit = RowLimit::new(MAX_ROW);
        let (bytes, encoding) = match params.source {
            Source::Attachment => {
                let attachment = item.require_attachment(&params.attachment);
                let attachment = attachment.map_err(|error| error.at("/attachment"))?;
                (
                    Box::new(attachment.open()?) as Box<dyn Read>,
                    params.reading.encoding,
                )
            }
            Source::Field => {
                let text = item
                    .require_text(&params.field)
                    .map_err(|error| error.at("/field"))?;
                (Box::new(Cursor::new(text)) as Box<dyn Read>, Encoding::Utf8)
            }
        };
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(64 * 1024)
            .delimiter(params.delimiter()?);
        match params.quote()? {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        if let Some(escape) = params.reading.escape()? {
            builder.escape(Some(escape)).double_quote(false);
        }
        if params.reading.trim {
            builder.trim(Trim::All);
        }
        Ok(Self {
            reader: builder.from_reader(Decoded::new(bytes, encoding, limit.clone())),
            limit,
        })
    }

    /// The next row with the number of its line; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, StringRecord)>, NodeError> {
        let mut record = ByteRecord::new();
        self.limit.start_row();
        let line = self.reader.position().line();
        let found = self
            .reader
            .read_byte_record(&mut record)
            .map_err(|error| self.fault(line, error))?;
        if !found {
            return Ok(None);
        }
        let line = record.position().map_or(line, |position| position.line());
        if record.len() > MAX_CELLS {
            let message = format!(
                "line {line} has {} cells, {MAX_CELLS} are allowed; is the delimiter right?",
                record.len()
            );
            return Err(NodeError::invalid("invalid-csv", message));
        }
        let row = StringRecord::from_byte_record(record).map_err(|_| {
            let message = format!("line {line} is not UTF-8; choose another encoding");
            NodeError::invalid("invalid-encoding", message).at("/reading/encoding")
        })?;
        Ok(Some((line, row)))
    }

    fn fault(&self, line: u64, error: csv::Error) -> NodeError {
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == ErrorKind::InvalidInput => {
                NodeError::invalid("invalid-csv", format!("from line {line} on: {error}"))
            }
            csv::ErrorKind::Io(error) if error.kind() == ErrorKind::InvalidData => {
                let message = format!("from line {line} on: {error}; choose another encoding");
                NodeError::invalid("invalid-encoding", message).at("/reading/encoding")
            }
            csv::ErrorKind::Io(error) => error.into(),
            other => NodeError::invalid("invalid-csv", format!("line {line}: {other:?}")),
        }
    }
}
