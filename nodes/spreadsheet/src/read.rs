use std::borrow::Cow;
use std::io::Cursor;

use calamine::{Reader, Xlsx, XlsxError};
use monshyflow_sdk::table::{nameless, names, text_of};
use monshyflow_sdk::{Item, NewItem, NodeError, Output};

use crate::params::Params;
use crate::range::{MAX_COLUMNS, MAX_ROWS, Range};
use crate::{archive, cell};

/// Bytes of JSON that one call may give back.
const MAX_OUTPUT: usize = 30 * 1024 * 1024;

/// Column and JSON of each cell that is not empty.
type Row = Vec<(u32, String)>;

pub(crate) fn run(params: &Params, item: &Item) -> Result<Output, NodeError> {
    let range = Range::parse(&params.reading.range)?;
    let attachment = item.require_attachment(&params.attachment);
    let bytes = attachment
        .map_err(|error| error.at("/attachment"))?
        .read(archive::MAX_FILE)?;
    archive::check(&bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| fault(&error))?;
    let sheet = sheet(params, &book.sheet_names())?;
    let mut cells = book
        .worksheet_cells_reader(&sheet)
        .map_err(|error| fault(&error))?;
    let mut table = Table::new(params, range);
    let (mut row, mut current) = (Row::new(), 0);
    while let Some(cell) = cells.next_cell().map_err(|error| fault(&error))? {
        let (at, column) = cell.get_position();
        if at >= MAX_ROWS || column >= MAX_COLUMNS || at < current {
            let message = format!(
                "a cell in row {} is where no cell can be, or out of order",
                u64::from(at) + 1
            );
            return Err(archive::invalid(&message));
        }
        if at != current {
            table.add(std::mem::take(&mut row))?;
            current = at;
        }
        if at > range.last_row || table.is_full() {
            break;
        }
        if at >= range.first_row
            && range.has_column(column)
            && let Some(json) = cell::json(&params.reading, cell.get_value())?
        {
            row.push((column, json));
        }
    }
    table.add(row)?;
    Ok(Output::many(table.items))
}

fn sheet(params: &Params, names: &[String]) -> Result<String, NodeError> {
    let found = if params.sheet.is_empty() {
        names.first()
    } else {
        names.iter().find(|name| **name == params.sheet)
    };
    found.cloned().ok_or_else(|| {
        let message = format!(
            "the file has no sheet `{}`; it has {}",
            params.sheet,
            names.join(", ")
        );
        NodeError::invalid("missing-sheet", message).at("/sheet")
    })
}

/// Items in the making.
struct Table<'p> {
    params: &'p Params,
    range: Range,
    /// Columns with their names in JSON, once they are known.
    names: Option<Vec<(u32, String)>>,
    items: Vec<NewItem>,
    written: usize,
}

impl<'p> Table<'p> {
    fn new(params: &'p Params, range: Range) -> Self {
        Self {
            params,
            range,
            names: None,
            items: Vec::new(),
            written: 0,
        }
    }

    fn is_full(&self) -> bool {
        let most = self.params.reading.max_rows as usize;
        most > 0 && self.items.len() >= most
    }

    /// Rows without any cell are passed over.
    fn add(&mut self, mut row: Row) -> Result<(), NodeError> {
        if row.is_empty() || self.is_full() {
            return Ok(());
        }
        row.sort_by_key(|(column, _)| *column);
        row.dedup_by_key(|(column, _)| *column);
        if self.params.header && self.names.is_none() {
            self.names = Some(named(&row)?);
            return Ok(());
        }
        let json = match &self.names {
            Some(names) => self.object(names, &row)?,
            None => self.list(&row),
        };
        self.written += json.len();
        if self.written > MAX_OUTPUT {
            let message = format!(
                "the rows are more than {MAX_OUTPUT} bytes of JSON; read them in parts with the range"
            );
            return Err(NodeError::invalid("too-many-rows", message).at("/reading/range"));
        }
        self.items.push(NewItem::text(json));
        Ok(())
    }

    fn object(&self, names: &[(u32, String)], row: &Row) -> Result<String, NodeError> {
        let empty = cell::empty(&self.params.reading);
        let mut fields = Vec::with_capacity(names.len());
        let mut cells = row.iter().peekable();
        for (column, name) in names {
            while let Some((at, json)) = cells.next_if(|(at, _)| at < column) {
                fields.push(format!("{}:{json}", cell::quoted(&nameless(*at as usize))?));
            }
            match cells.next_if(|(at, _)| at == column) {
                Some((_, json)) => fields.push(format!("{name}:{json}")),
                None => fields.extend(empty.map(|empty| format!("{name}:{empty}"))),
            }
        }
        for (at, json) in cells {
            fields.push(format!("{}:{json}", cell::quoted(&nameless(*at as usize))?));
        }
        Ok(format!("{{{}}}", fields.join(",")))
    }

    /// Places count in a list, so what is to be left out is null.
    fn list(&self, row: &Row) -> String {
        let empty = cell::empty(&self.params.reading).unwrap_or("null");
        let mut values: Vec<&str> = Vec::new();
        for (column, json) in row {
            values.resize((column - self.range.first_column) as usize, empty);
            values.push(json);
        }
        format!("{{\"row\":[{}]}}", values.join(","))
    }
}

/// Columns and their names in JSON.
fn named(row: &Row) -> Result<Vec<(u32, String)>, NodeError> {
    let heads: Vec<(usize, Cow<'_, str>)> = row
        .iter()
        .map(|(column, json)| (*column as usize, text_of(Cow::from(json.as_str()))))
        .collect();
    let names = names(heads.iter().map(|(column, head)| (*column, head.as_ref())));
    let columns = row.iter().map(|(column, _)| *column);
    columns
        .zip(&names)
        .map(|(column, name)| Ok((column, cell::quoted(name)?)))
        .collect()
}

fn fault(error: &XlsxError) -> NodeError {
    archive::invalid(&format!("the Excel file cannot be read: {error}"))
}
