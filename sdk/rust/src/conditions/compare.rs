use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{self, ValueType};
use super::{Condition, Matching, pattern};
use crate::{NodeError, Number, RawJson};

/// What is asked of a value. Null and what is missing do not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    Exists,
    NotExists,
    Empty,
    NotEmpty,
    #[default]
    Equals,
    NotEquals,
    Contains,
    NotContains,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
    /// A regular expression, or `/expression/flags`.
    Regex,
    NotRegex,
    Gt,
    Gte,
    Lt,
    Lte,
    After,
    AfterOrEquals,
    Before,
    BeforeOrEquals,
    True,
    False,
    LengthEquals,
    LengthNotEquals,
    LengthGt,
    LengthGte,
    LengthLt,
    LengthLte,
}

/// Why a condition cannot be decided.
pub(super) enum Fault {
    /// Neither side is what the condition takes it for.
    Type {
        right: bool,
        expected: ValueType,
        found: RawJson,
    },
    Operation(ValueType),
    Pattern(String),
}

impl Fault {
    pub(super) fn at(self, pointer: &str) -> NodeError {
        match self {
            Self::Type {
                right,
                expected,
                found,
            } => {
                let side = if right { "right" } else { "left" };
                let found = found.text();
                let found = found
                    .char_indices()
                    .nth(60)
                    .map_or(found, |(end, _)| &found[..end]);
                let expected = expected.with_article();
                let message = format!(
                    "{found} is not {expected}; choose another type, or switch on loose types to convert it"
                );
                NodeError::invalid("condition-type", message).at(format!("{pointer}/{side}"))
            }
            Self::Operation(kind) => {
                let message = format!(
                    "{} cannot be compared that way; choose another operation or type",
                    kind.with_article()
                );
                NodeError::invalid("condition-operation", message).at(format!("{pointer}/operation"))
            }
            Self::Pattern(problem) => {
                let message = format!("the regular expression is malformed: {problem}");
                NodeError::invalid("condition-pattern", message).at(format!("{pointer}/right"))
            }
        }
    }
}

pub(super) fn holds(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    match condition.operation {
        Operation::Exists => return Ok(!condition.left.is_null()),
        Operation::NotExists => return Ok(condition.left.is_null()),
        _ => {}
    }
    match condition.kind {
        ValueType::String => string(condition, matching),
        ValueType::Number => number(condition, matching),
        ValueType::Boolean => boolean(condition, matching),
        ValueType::DateTime => date_time(condition, matching),
        ValueType::Array => array(condition, matching),
        ValueType::Object => object(condition, matching),
        ValueType::Any => any(condition, matching),
    }
}

/// Reads one side; null reads as none.
fn read<'a, T>(
    side: &'a RawJson,
    right: bool,
    expected: ValueType,
    read: impl FnOnce(&'a RawJson) -> Option<T>,
) -> Result<Option<T>, Fault> {
    if side.is_null() {
        return Ok(None);
    }
    let fault = || Fault::Type {
        right,
        expected,
        found: side.clone(),
    };
    read(side).map(Some).ok_or_else(fault)
}

fn string(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let loose = matching.loose_types;
    let left = read(&condition.left, false, ValueType::String, |side| {
        value::string(side, loose)
    })?
    .unwrap_or_default();
    match condition.operation {
        Operation::Empty => return Ok(left.is_empty()),
        Operation::NotEmpty => return Ok(!left.is_empty()),
        _ => {}
    }
    if is_length(condition.operation) {
        return length(condition, left.chars().count(), matching);
    }
    let right = read(&condition.right, true, ValueType::String, |side| {
        value::string(side, loose)
    })?
    .unwrap_or_default();
    if matches!(condition.operation, Operation::Regex | Operation::NotRegex) {
        let matches = pattern::matches(&right, &left, matching.case_sensitive).map_err(Fault::Pattern)?;
        return Ok(matches == (condition.operation == Operation::Regex));
    }
    let folded = |text: std::borrow::Cow<'_, str>| {
        if matching.case_sensitive {
            text.into_owned()
        } else {
            text.to_lowercase()
        }
    };
    let (left, right) = (folded(left), folded(right));
    Ok(match condition.operation {
        Operation::Equals => left == right,
        Operation::NotEquals => left != right,
        Operation::Contains => left.contains(&right),
        Operation::NotContains => !left.contains(&right),
        Operation::StartsWith => left.starts_with(&right),
        Operation::NotStartsWith => !left.starts_with(&right),
        Operation::EndsWith => left.ends_with(&right),
        Operation::NotEndsWith => !left.ends_with(&right),
        _ => return Err(Fault::Operation(ValueType::String)),
    })
}

fn number(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let loose = matching.loose_types;
    // An empty text is no number, but nothing either.
    let is_blank = |side: &RawJson| loose && side.as_string().is_some_and(|text| text.trim().is_empty());
    let side = |side, right| match is_blank(side) {
        true => Ok(None),
        false => read(side, right, ValueType::Number, |side| value::number(side, loose)),
    };
    let left = side(&condition.left, false)?;
    match condition.operation {
        Operation::Empty => return Ok(left.is_none()),
        Operation::NotEmpty => return Ok(left.is_some()),
        _ => {}
    }
    let right = side(&condition.right, true)?;
    let order = match (left, right) {
        (Some(left), Some(right)) => Some(left.compare(right)),
        (None, None) => Some(Ordering::Equal),
        _ => None,
    };
    let both = left.is_some() && right.is_some();
    ordered(condition.operation, order, both).ok_or(Fault::Operation(ValueType::Number))
}

fn boolean(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let side = |side, right| {
        read(side, right, ValueType::Boolean, |side| {
            value::boolean(side, matching.loose_types)
        })
    };
    let left = side(&condition.left, false)?;
    Ok(match condition.operation {
        Operation::Empty => left.is_none(),
        Operation::NotEmpty => left.is_some(),
        Operation::True => left == Some(true),
        Operation::False => left != Some(true),
        Operation::Equals => left == side(&condition.right, true)?,
        Operation::NotEquals => left != side(&condition.right, true)?,
        _ => return Err(Fault::Operation(ValueType::Boolean)),
    })
}

fn date_time(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let side = |side, right| {
        read(side, right, ValueType::DateTime, |side| {
            value::date_time(side, matching.loose_types)
        })
    };
    let left = side(&condition.left, false)?;
    match condition.operation {
        Operation::Empty => return Ok(left.is_none()),
        Operation::NotEmpty => return Ok(left.is_some()),
        _ => {}
    }
    let right = side(&condition.right, true)?;
    let both = left.is_some() && right.is_some();
    let order = if both || left.is_none() && right.is_none() {
        Some(left.cmp(&right))
    } else {
        None
    };
    let operation = match condition.operation {
        Operation::After => Operation::Gt,
        Operation::AfterOrEquals => Operation::Gte,
        Operation::Before => Operation::Lt,
        Operation::BeforeOrEquals => Operation::Lte,
        Operation::Equals | Operation::NotEquals => condition.operation,
        _ => return Err(Fault::Operation(ValueType::DateTime)),
    };
    ordered(operation, order, both).ok_or(Fault::Operation(ValueType::DateTime))
}

fn array(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let left = read(&condition.left, false, ValueType::Array, |side| {
        value::array(side, matching.loose_types)
    })?;
    let left = left.unwrap_or_default();
    let contains = || {
        left.iter()
            .any(|element| value::same(element, &condition.right, matching.case_sensitive))
    };
    Ok(match condition.operation {
        Operation::Empty => left.is_empty(),
        Operation::NotEmpty => !left.is_empty(),
        Operation::Contains => contains(),
        Operation::NotContains => !contains(),
        Operation::Equals => value::same(&condition.left, &condition.right, matching.case_sensitive),
        Operation::NotEquals => !value::same(&condition.left, &condition.right, matching.case_sensitive),
        operation if is_length(operation) => length(condition, left.len(), matching)?,
        _ => return Err(Fault::Operation(ValueType::Array)),
    })
}

fn object(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let fields = read(&condition.left, false, ValueType::Object, |side| {
        value::object(side, matching.loose_types)
    })?;
    Ok(match condition.operation {
        Operation::Empty => fields.unwrap_or(0) == 0,
        Operation::NotEmpty => fields.unwrap_or(0) > 0,
        Operation::Equals => value::same(&condition.left, &condition.right, matching.case_sensitive),
        Operation::NotEquals => !value::same(&condition.left, &condition.right, matching.case_sensitive),
        _ => return Err(Fault::Operation(ValueType::Object)),
    })
}

fn any(condition: &Condition, matching: Matching) -> Result<bool, Fault> {
    let empty = matches!(condition.left.text(), "null" | "\"\"")
        || value::array(&condition.left, false).is_some_and(|elements| elements.is_empty())
        || value::object(&condition.left, false) == Some(0);
    Ok(match condition.operation {
        Operation::Empty => empty,
        Operation::NotEmpty => !empty,
        Operation::Equals => value::same(&condition.left, &condition.right, matching.case_sensitive),
        Operation::NotEquals => !value::same(&condition.left, &condition.right, matching.case_sensitive),
        _ => return Err(Fault::Operation(ValueType::Any)),
    })
}

fn is_length(operation: Operation) -> bool {
    use Operation::{LengthEquals, LengthGt, LengthGte, LengthLt, LengthLte, LengthNotEquals};
    matches!(
        operation,
        LengthEquals | LengthNotEquals | LengthGt | LengthGte | LengthLt | LengthLte
    )
}

fn length(condition: &Condition, length: usize, matching: Matching) -> Result<bool, Fault> {
    let wanted = read(&condition.right, true, ValueType::Number, |side| {
        value::number(side, matching.loose_types)
    })?;
    let operation = match condition.operation {
        Operation::LengthNotEquals => Operation::NotEquals,
        Operation::LengthGt => Operation::Gt,
        Operation::LengthGte => Operation::Gte,
        Operation::LengthLt => Operation::Lt,
        Operation::LengthLte => Operation::Lte,
        _ => Operation::Equals,
    };
    let wanted = wanted.ok_or_else(|| Fault::Type {
        right: true,
        expected: ValueType::Number,
        found: condition.right.clone(),
    })?;
    let order = Number::Integer(length as i128).compare(wanted);
    ordered(operation, Some(order), true).ok_or(Fault::Operation(condition.kind))
}

/// `both`: there are two values; without them nothing is larger or smaller. None: no operation on what has an order.
fn ordered(operation: Operation, order: Option<Ordering>, both: bool) -> Option<bool> {
    Some(match operation {
        Operation::Equals => order == Some(Ordering::Equal),
        Operation::NotEquals => order != Some(Ordering::Equal),
        Operation::Gt => both && order == Some(Ordering::Greater),
        Operation::Gte => both && matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operation::Lt => both && order == Some(Ordering::Less),
        Operation::Lte => both && matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => return None,
    })
}
