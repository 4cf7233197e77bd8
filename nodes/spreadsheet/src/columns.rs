use std::borrow::Cow;
use std::collections::HashMap;

use monshyflow_sdk::{NodeError, Object, Path, Segment};

use crate::params::Writing;

/// As many as Excel has.
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
        if writing.columns.len() > MAX_COLUMNS {
            return Err(too_many());
        }
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
                return Err(too_many());
            }
        }
        Ok(Self {
            names,
            from: From::Fields(positions),
        })
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// JSON texts of a row, one for each column that the item has.
    pub(crate) fn cells<'r>(&self, writing: &Writing, row: &'r Object<'_>) -> Vec<Option<Cow<'r, str>>> {
        match &self.from {
            From::Paths(paths) => paths.iter().map(|path| row.get(path)).collect(),
            From::Fields(positions) => {
                let mut cells = vec![None; self.names.len()];
                each_field(writing, String::new(), row, &mut |name, json| {
                    if let Some(position) = positions.get(&name) {
                        cells[*position] = Some(Cow::from(json.into_owned()));
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

fn too_many() -> NodeError {
    let message = format!(
        "there are more than {MAX_COLUMNS} different fields; name fewer columns, or do not flatten objects"
    );
    NodeError::invalid("too-many-columns", message).at("/writing/columns")
}

fn name(path: &Path) -> String {
    match path.segments() {
        [Segment::Key(name)] => name.clone(),
        _ => path.to_string(),
    }
}
