use std::borrow::Cow;
use std::collections::HashMap;

use monshyflow_sdk::{NodeError, Object, Path, Segment};

use crate::params::Writing;

/// As many as spreadsheets have.
const MAX_COLUMNS: usize = 16_384;

/// Which field of an item goes where in a row.
pub(crate) struct Columns {
    names: Vec<String>,
    from: From,
}

enum From {
    /// The author named them.
    Paths(Vec<Path>),
    /// The items have them: positions by name.
    Fields(HashMap<String, usize>),
}

impl Columns {
    pub(crate) fn of(writing: &Writing, rows: &[Object<'_>]) -> Result<Self, NodeError> {
        if !writing.columns.is_empty() {
            return Ok(Self {
                names: writing.columns.iter().map(name).collect(),
                from: From::Paths(writing.columns.clone()),
            });
        }
        let mut names = Vec::new();
        let mut positions = HashMap::new();
        for row in rows {
            each_field(writing, String::new(), row, &mut |name, _| {
                if !positions.contains_key(&name) {
                    positions.insert(name.clone(), names.len());
                    names.push(name);
                }
            });
            if names.len() > MAX_COLUMNS {
                let message = format!(
                    "the items have more than {MAX_COLUMNS} different fields; name the columns, or do not flatten objects"
                );
                return Err(NodeError::invalid("too-many-columns", message).at("/writing/columns"));
            }
        }
        Ok(Self {
            names,
            from: From::Fields(positions),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The texts of a row, one for each column.
    pub(crate) fn cells<'r>(&self, writing: &Writing, row: &'r Object<'_>) -> Vec<Cow<'r, str>> {
        match &self.from {
            From::Paths(paths) => {
                let values = paths.iter().map(|path| row.get(path));
                values
                    .map(|json| json.map_or(Cow::Borrowed(""), text_of))
                    .collect()
            }
            From::Fields(positions) => {
                let mut cells = vec![Cow::Borrowed(""); self.names.len()];
                each_field(writing, String::new(), row, &mut |name, json| {
                    if let Some(position) = positions.get(&name) {
                        cells[*position] = Cow::from(text_of(json).into_owned());
                    }
                });
                cells
            }
        }
    }
}

/// Tells names and JSON of a row's fields. JSON is at most 127 levels deep, so it may call itself.
fn each_field(
    writing: &Writing,
    prefix: String,
    object: &Object<'_>,
    found: &mut dyn FnMut(String, Cow<'_, str>),
) {
    for (key, json) in object.fields() {
        let name = format!("{prefix}{key}");
        let inner = Some(&json).filter(|json| writing.flatten && json.starts_with('{'));
        let inner = inner.and_then(|json| Object::parse(json).ok());
        match inner.filter(|inner| !inner.is_empty()) {
            Some(inner) => each_field(writing, format!("{name}."), &inner, found),
            None => found(name, json),
        }
    }
}

/// Characters of a text, nothing for null, JSON of anything else.
fn text_of(json: Cow<'_, str>) -> Cow<'_, str> {
    if json == "null" {
        return Cow::Borrowed("");
    }
    match serde_json::from_str::<String>(&json) {
        Ok(text) => Cow::Owned(text),
        Err(_) => json,
    }
}

fn name(path: &Path) -> String {
    match path.segments() {
        [Segment::Key(name)] => name.clone(),
        _ => path.to_string(),
    }
}
