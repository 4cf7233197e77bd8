use std::borrow::Cow;
use std::io::{BufWriter, Error, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use monshyflow_sdk::blobs::{self, BlobWriter};
use monshyflow_sdk::table::{Columns, text_of};
use monshyflow_sdk::{Context, Inputs, MAIN, NewItem, NodeError, Object, Output};

use crate::Params;

/// Bytes in one write.
const PIECE: usize = 256 * 1024;

type File = Writer<BufWriter<BlobWriter>>;

pub(crate) fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    let rows: Vec<Object<'_>> = items.iter().map(|item| item.object()).collect::<Result<_, _>>()?;
    let columns = Columns::new(&params.writing.columns, params.writing.flatten, &rows)?;
    let mut file = open(params)?;
    let has_columns = !columns.names().is_empty();
    if params.header && has_columns {
        write_row(
            params,
            &mut file,
            columns.names().iter().map(|name| Cow::from(name.as_str())),
        )?;
    }
    for row in rows.iter().filter(|_| has_columns) {
        let cells = columns.cells(row).into_iter();
        write_row(
            params,
            &mut file,
            cells.map(|json| json.map_or(Cow::Borrowed(""), text_of)),
        )?;
    }
    let buffered = file
        .into_inner()
        .map_err(|error| NodeError::from(Error::other(error.to_string())))?;
    let blob = buffered.into_inner().map_err(|error| error.into_error())?;
    let attachment = blob.finish(
        &params.attachment,
        "text/csv; charset=utf-8",
        Some(params.writing.file_name.clone()),
    )?;
    let item = NewItem::text(format!("{{\"rows\":{}}}", rows.len())).with(attachment);
    Ok(Output::one(
        item.from_all(items.iter().map(|item| item.reference())),
    ))
}

fn open(params: &Params) -> Result<File, NodeError> {
    let mut blob = BufWriter::with_capacity(PIECE, blobs::create()?);
    if params.writing.bom {
        blob.write_all("\u{feff}".as_bytes())?;
    }
    let mut builder = WriterBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(params.delimiter()?);
    let style = match params.quote()? {
        None => QuoteStyle::Never,
        Some(quote) => {
            builder.quote(quote);
            if params.writing.quote_all {
                QuoteStyle::Always
            } else {
                QuoteStyle::Necessary
            }
        }
    };
    builder.quote_style(style);
    if params.writing.crlf {
        builder.terminator(Terminator::CRLF);
    }
    Ok(builder.from_writer(blob))
}

fn write_row<'c>(
    params: &Params,
    file: &mut File,
    cells: impl Iterator<Item = Cow<'c, str>>,
) -> Result<(), NodeError> {
    for cell in cells {
        let starts_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        // Negative numbers are no formulas.
        let cell = if params.writing.disarm_formulas && starts_formula && cell.parse::<f64>().is_err() {
            Cow::from(format!("'{cell}"))
        } else {
            cell
        };
        file.write_field(cell.as_bytes()).map_err(fault)?;
    }
    file.write_record(None::<&[u8]>).map_err(fault)
}

fn fault(error: csv::Error) -> NodeError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => NodeError::permanent("invalid-csv", format!("{other:?}")),
    }
}
