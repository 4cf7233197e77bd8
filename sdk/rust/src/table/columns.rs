use std::borrow::Cow;
use std::collections::HashMap;

use crate::{NodeError, Object, Path, Segment};

/// As many as spreadsheets have.
pub const MAX_COLUMNS: usize = 16_384;

/// Which field of an item goes where in a row.
#[derive(Debug)]
pub struct Columns {
    names: Vec<String>,
    from: From,
    flatten: bool,
}

#[derive(Debug)]
enum From {
    /// The author named them.
    Paths(Vec<Path>),
    /// The items have them: positions by name.
    Fields(HashMap<String, usize>),
}

impl Columns {
    /// Those that the author named; if there are none, all fields of `rows` in the order in which they first appear. With
    /// `flatten` fields inside of objects are columns of their own, such as `customer.name`.
    ///
    /// # Errors
    ///
    /// `too-many-columns`
    pub fn new(named: &[Path], flatten: bool, rows: &[Object<'_>]) -> Result<Self, NodeError> {
        if named.len() > MAX_COLUMNS {
            return Err(too_many());
        }
        if !named.is_empty() {
            return Ok(Self {
                names: named.iter().map(name).collect(),
                from: From::Paths(named.to_vec()),
                flatten,
            });
        }
        let mut names = Vec::new();
        let mut positions = HashMap::new();
        for row in rows {
            each_field(flatten, String::new(), row, &mut |name, _| {
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
            flatten,
        })
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// JSON texts of a row, one for each column that the item has.
    pub fn cells<'r>(&self, row: &'r Object<'_>) -> Vec<Option<Cow<'r, str>>> {
        match &self.from {
            From::Paths(paths) => paths.iter().map(|path| row.get(path)).collect(),
            From::Fields(positions) => {
                let mut cells = vec![None; self.names.len()];
                each_field(self.flatten, String::new(), row, &mut |name, json| {
                    if let Some(position) = positions.get(&name) {
                        cells[*position] = Some(Cow::from(json.into_owned()));
                    }
                });
                cells
            }
        }
    }
}

/// Characters of a text, nothing for null, JSON of anything else.
pub fn text_of(json: Cow<'_, str>) -> Cow<'_, str> {
    if json == "null" {
        return Cow::Borrowed("");
    }
    match serde_json::from_str::<String>(&json) {
        Ok(text) => Cow::Owned(text),
        Err(_) => json,
    }
}

/// Tells names and JSON of a row's fields. JSON is at most 127 levels deep, so it may call itself.
fn each_field(
    flatten: bool,
    prefix: String,
    object: &Object<'_>,
    found: &mut dyn FnMut(String, Cow<'_, str>),
) {
    for (key, json) in object.fields() {
        let name = format!("{prefix}{key}");
        let inner = Some(&json).filter(|json| flatten && json.starts_with('{'));
        let inner = inner.and_then(|json| Object::parse(json).ok());
        match inner.filter(|inner| !inner.is_empty()) {
            Some(inner) => each_field(flatten, format!("{name}."), &inner, found),
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
