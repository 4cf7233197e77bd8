use std::borrow::Cow;

use monshyflow_sdk::{Context, Inputs, MAIN, NewItem, NodeError, Object, Output, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Params;

const TABLE_STYLE: &str = "style=\"border-collapse:collapse;font-family:sans-serif\"";
const HEADER_STYLE: &str =
    "style=\"border:1px solid #ccc;padding:6px 10px;background:#f3f4f6;text-align:left\"";
const CELL_STYLE: &str = "style=\"border:1px solid #ccc;padding:6px 10px\"";

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TableOptions {
    /// Names or paths of the fields that are columns. Empty: all fields, in the order in which they first appear.
    #[schemars(title = "Columns", extend("x-widget" = "paths"))]
    pub columns: Vec<Path>,
    #[schemars(title = "Caption")]
    pub caption: String,
    /// Column heads begin with capital letters, and `_` in them is a space.
    #[schemars(title = "Capitalise heads")]
    pub capitalize: bool,
    /// Lines and colours of its own. On: only the attributes below.
    #[schemars(title = "Custom styling")]
    pub custom_styling: bool,
    /// Attributes of `table`, such as `class="wide"`. They are written as they are.
    #[schemars(title = "Table attributes", extend("x-placeholder" = "class=\"wide\""))]
    pub table_attributes: String,
    /// Attributes of each `th`.
    #[schemars(title = "Head attributes")]
    pub header_attributes: String,
    /// Attributes of each `tr`.
    #[schemars(title = "Row attributes")]
    pub row_attributes: String,
    /// Attributes of each `td`.
    #[schemars(title = "Cell attributes")]
    pub cell_attributes: String,
}

pub(crate) fn run(params: &Params, inputs: Inputs, _context: &Context) -> Result<Output, NodeError> {
    let items = inputs.items(MAIN);
    if items.is_empty() {
        return Ok(Output::none());
    }
    let rows: Vec<Object<'_>> = items.iter().map(|item| item.object()).collect::<Result<_, _>>()?;
    let columns = if params.table.columns.is_empty() {
        all_fields(&rows)
    } else {
        params.table.columns.clone()
    };
    let html = table(&params.table, &columns, &rows);
    let destination = params.destination.clone().unwrap_or_else(|| Path::field("table"));
    let mut object = Object::default();
    object
        .set(&destination, Value::from(html).to_string())
        .map_err(|error| NodeError::invalid_param("/destination", error))?;
    let sources = items.iter().map(|item| item.reference());
    Ok(Output::one(NewItem::text(object.to_text()).from_all(sources)))
}

fn all_fields(rows: &[Object<'_>]) -> Vec<Path> {
    let mut known = std::collections::HashSet::new();
    let keys = rows.iter().flat_map(Object::keys);
    keys.filter(|key| known.insert(*key)).map(Path::field).collect()
}

fn table(options: &TableOptions, columns: &[Path], rows: &[Object<'_>]) -> String {
    let own = |attributes: &str, style: &'static str| attribute(options, attributes, style);
    let mut html = format!("<table{}>", own(&options.table_attributes, TABLE_STYLE));
    if !options.caption.is_empty() {
        html.push_str("<caption>");
        push_escaped(&mut html, &options.caption);
        html.push_str("</caption>");
    }
    let row = format!("<tr{}>", own(&options.row_attributes, ""));
    let head = format!("<th{}>", own(&options.header_attributes, HEADER_STYLE));
    let cell = format!("<td{}>", own(&options.cell_attributes, CELL_STYLE));
    html.push_str("<thead>");
    html.push_str(&row);
    for column in columns {
        html.push_str(&head);
        push_escaped(&mut html, &title(options, column));
        html.push_str("</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for object in rows {
        html.push_str(&row);
        for column in columns {
            html.push_str(&cell);
            if let Some(json) = object.get(column) {
                push_escaped(&mut html, &shown(&json));
            }
            html.push_str("</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}

fn attribute(options: &TableOptions, attributes: &str, style: &str) -> String {
    let style = if options.custom_styling { "" } else { style };
    let both = [attributes.trim(), style]
        .into_iter()
        .filter(|part| !part.is_empty());
    both.map(|part| format!(" {part}")).collect()
}

fn title(options: &TableOptions, column: &Path) -> String {
    let [monshyflow_sdk::Segment::Key(name)] = column.segments() else {
        return cased(options, &column.to_string());
    };
    cased(options, name)
}

fn cased(options: &TableOptions, name: &str) -> String {
    if !options.capitalize {
        return name.to_owned();
    }
    let words = name.split(['_', ' ']).filter(|word| !word.is_empty());
    let words = words.map(|word| {
        let mut characters = word.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Text as it is, nothing for null, JSON of anything else.
fn shown(json: &str) -> Cow<'_, str> {
    if json == "null" {
        return Cow::Borrowed("");
    }
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned)
}

fn push_escaped(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}
