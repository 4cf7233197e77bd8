use std::io::Write;

use monshyflow_sdk::table::Columns;
use monshyflow_sdk::{Context, Inputs, MAIN, NewItem, NodeError, Object, Output, blobs};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use crate::Params;
use crate::range::MAX_ROWS;

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// A file is made in memory.
const MAX_CELLS: usize = 500_000;
/// Numbers have as many digits in a spreadsheet; longer ones, such as ids, would change.
const DIGITS: usize = 15;

pub(crate) fn run(params: &Params, inputs: Inputs, context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    let rows: Vec<Object<'_>> = items.iter().map(|item| item.object()).collect::<Result<_, _>>()?;
    let columns = Columns::new(&params.writing.columns, params.writing.flatten, &rows)?;
    if rows.len() >= MAX_ROWS as usize || rows.len().saturating_mul(columns.names().len()) > MAX_CELLS {
        let message = format!(
            "{} items with {} fields are more than the {MAX_CELLS} cells that a file may have here; use CSV",
            rows.len(),
            columns.names().len()
        );
        return Err(NodeError::invalid("too-many-cells", message).at("/writing/columns"));
    }
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_creation_datetime(&run_time(context)?));
    let sheet = book.add_worksheet();
    if !params.sheet.is_empty() {
        sheet.set_name(&params.sheet).map_err(|error| {
            let problem = format!("{error}");
            NodeError::invalid_param("/sheet", problem)
        })?;
    }
    fill(params, sheet, &columns, &rows)?;
    let bytes = book.save_to_buffer().map_err(|error| fault(&error))?;
    let mut blob = blobs::create()?;
    blob.write_all(&bytes)?;
    let file_name = Some(params.writing.file_name.clone());
    let attachment = blob.finish(&params.attachment, MEDIA_TYPE, file_name)?;
    let item = NewItem::text(format!("{{\"rows\":{}}}", rows.len())).with(attachment);
    Ok(Output::one(
        item.from_all(items.iter().map(|item| item.reference())),
    ))
}

/// The same file for the same run, whenever it is made.
fn run_time(context: &Context) -> Result<ExcelDateTime, NodeError> {
    ExcelDateTime::from_timestamp((context.run_time_ms / 1000.0) as i64).map_err(|error| fault(&error))
}

fn fill(
    params: &Params,
    sheet: &mut Worksheet,
    columns: &Columns,
    rows: &[Object<'_>],
) -> Result<(), NodeError> {
    let mut at = 0;
    if params.header {
        for (column, name) in (0..).zip(columns.names()) {
            write_text(sheet, at, column, name)?;
        }
        at = 1;
    }
    for row in rows {
        for (column, json) in (0..).zip(columns.cells(row)) {
            if let Some(json) = json {
                write(sheet, at, column, &json)?;
            }
        }
        at += 1;
    }
    Ok(())
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, json: &str) -> Result<(), NodeError> {
    match json.as_bytes().first() {
        Some(b'n') | None => Ok(()),
        Some(b't') => sheet
            .write_boolean(row, column, true)
            .map(drop)
            .map_err(|error| fault(&error)),
        Some(b'f') => sheet
            .write_boolean(row, column, false)
            .map(drop)
            .map_err(|error| fault(&error)),
        Some(b'"') => {
            let text: String = serde_json::from_str(json).map_err(|error| {
                NodeError::invalid("invalid-item", format!("a text cannot be read: {error}"))
            })?;
            write_text(sheet, row, column, &text)
        }
        Some(b'-' | b'0'..=b'9') => {
            let digits = json.bytes().filter(u8::is_ascii_digit).count();
            let is_whole = !json.contains(['.', 'e', 'E']);
            match json.parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) if digits <= DIGITS || !is_whole => sheet
                    .write_number(row, column, number)
                    .map(drop)
                    .map_err(|error| fault(&error)),
                _ => write_text(sheet, row, column, json),
            }
        }
        Some(_) => write_text(sheet, row, column, json),
    }
}

fn write_text(sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<(), NodeError> {
    match sheet.write_string(row, column, text) {
        Ok(_) => Ok(()),
        Err(XlsxError::MaxStringLengthExceeded) => {
            let message = format!(
                "a text in row {} has {} characters, an Excel cell can have 32,767; shorten it or use CSV",
                row + 1,
                text.chars().count()
            );
            Err(NodeError::invalid("text-too-long", message))
        }
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &XlsxError) -> NodeError {
    NodeError::permanent(
        "spreadsheet-failed",
        format!("the Excel file cannot be written: {error}"),
    )
}
