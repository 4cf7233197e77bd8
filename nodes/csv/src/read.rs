use csv::StringRecord;
use monshyflow_sdk::table::{nameless, names};
use monshyflow_sdk::{Item, NewItem, NodeError, Output};

use crate::cell;
use crate::params::{Params, UnevenRows};
use crate::rows::Rows;

/// Bytes of JSON that one call may give back.
const MAX_OUTPUT: usize = 30 * 1024 * 1024;

pub(crate) fn run(params: &Params, item: &Item) -> Result<Output, NodeError> {
    if params.reading.first_row == 0 {
        let problem = "rows count from 1";
        return Err(NodeError::invalid_param("/reading/firstRow", problem));
    }
    let mut rows = Rows::open(params, item)?;
    for _ in 1..params.reading.first_row {
        if rows.next()?.is_none() {
            return Ok(Output::none());
        }
    }
    let mut shape = None;
    if params.header {
        let Some((_, row)) = rows.next()? else {
            return Ok(Output::none());
        };
        shape = Some(Shape::named(&row)?);
    }
    let (mut items, mut written) = (Vec::new(), 0);
    while params.reading.max_rows == 0 || items.len() < params.reading.max_rows as usize {
        let Some((line, row)) = rows.next()? else { break };
        let shape = shape.get_or_insert_with(|| Shape::unnamed(&row));
        let Some(json) = shape.json(params, line, &row)? else {
            continue;
        };
        written += json.len();
        if written > MAX_OUTPUT {
            return Err(too_much(line));
        }
        items.push(NewItem::text(json));
    }
    Ok(Output::many(items))
}

/// What the first row says of all others.
struct Shape {
    width: usize,
    /// Column names in JSON.
    names: Option<Vec<String>>,
}

impl Shape {
    fn named(row: &StringRecord) -> Result<Self, NodeError> {
        let names = names(row.iter().enumerate());
        let names = names
            .iter()
            .map(|name| cell::quoted(name))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            width: row.len(),
            names: Some(names),
        })
    }

    fn unnamed(row: &StringRecord) -> Self {
        Self {
            width: row.len(),
            names: None,
        }
    }

    /// None if the row is to be left out.
    fn json(&self, params: &Params, line: u64, row: &StringRecord) -> Result<Option<String>, NodeError> {
        if row.len() != self.width {
            match params.reading.uneven_rows {
                UnevenRows::Fill => {}
                UnevenRows::Skip => return Ok(None),
                UnevenRows::Error => return Err(uneven(line, row.len(), self.width)),
            }
        }
        let cells = (0..row.len().max(self.width)).map(|position| row.get(position).unwrap_or_default());
        match &self.names {
            Some(names) => object(params, names, cells).map(Some),
            None => list(params, cells).map(Some),
        }
    }
}

fn object<'r>(
    params: &Params,
    names: &[String],
    cells: impl Iterator<Item = &'r str>,
) -> Result<String, NodeError> {
    let mut json = "{".to_owned();
    for (position, text) in cells.enumerate() {
        let Some(value) = cell::json(&params.reading, text)? else {
            continue;
        };
        if json.len() > 1 {
            json.push(',');
        }
        match names.get(position) {
            Some(name) => json.push_str(name),
            None => json.push_str(&cell::quoted(&nameless(position))?),
        }
        json.push(':');
        json.push_str(&value);
    }
    json.push('}');
    Ok(json)
}

/// Places count in a list, so what is to be left out is null.
fn list<'r>(params: &Params, cells: impl Iterator<Item = &'r str>) -> Result<String, NodeError> {
    let values = cells.map(|text| {
        let value = cell::json(&params.reading, text)?;
        Ok(value.unwrap_or_else(|| "null".to_owned()))
    });
    let values: Vec<String> = values.collect::<Result<_, NodeError>>()?;
    Ok(format!("{{\"row\":[{}]}}", values.join(",")))
}

fn uneven(line: u64, found: usize, expected: usize) -> NodeError {
    let message = format!(
        "line {line} has {found} cells, but the first row has {expected}; choose what happens to uneven rows, or another delimiter"
    );
    NodeError::invalid("invalid-csv", message).at("/reading/unevenRows")
}

fn too_much(line: u64) -> NodeError {
    let message = format!(
        "up to line {line} the rows are more than {MAX_OUTPUT} bytes of JSON; read them in parts with the first row and the most rows"
    );
    NodeError::invalid("too-many-rows", message).at("/reading/maxRows")
}
