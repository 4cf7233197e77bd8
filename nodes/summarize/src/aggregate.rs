use std::cmp::Ordering;
use std::collections::HashSet;

use monshyflow_sdk::{NodeError, Path, canonical};
use serde_json::Value;

use crate::decimal::Decimal;
use crate::is_empty;
use crate::params::{Aggregation, Field};

/// Values on the way to become one.
pub(crate) struct Aggregate {
    include_empty: bool,
    state: State,
}

enum State {
    Count(u64),
    Unique(HashSet<String>),
    Sum(Decimal),
    Average(Decimal, u64),
    /// The best value so far. `Greater` for the largest.
    Extreme(Ordering, Option<Extreme>),
    List(String),
    Text {
        text: Option<String>,
        separator: String,
    },
}

struct Extreme {
    value: Comparable,
    /// As it came.
    json: String,
}

enum Comparable {
    Number(Decimal),
    Text(String),
}

/// A value that does not fit the aggregation.
pub(crate) struct Problem {
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn of(self, path: Option<&Path>) -> NodeError {
        let field = path.map_or_else(String::new, |path| format!("field `{path}`: "));
        NodeError::invalid(self.code, format!("{field}{}", self.message))
    }
}

impl Aggregate {
    pub(crate) fn new(field: &Field) -> Self {
        let state = match field.aggregation {
            Aggregation::Count => State::Count(0),
            Aggregation::CountUnique => State::Unique(HashSet::new()),
            Aggregation::Sum => State::Sum(Decimal::ZERO),
            Aggregation::Average => State::Average(Decimal::ZERO, 0),
            Aggregation::Min => State::Extreme(Ordering::Less, None),
            Aggregation::Max => State::Extreme(Ordering::Greater, None),
            Aggregation::Append => State::List("[".to_owned()),
            Aggregation::Concatenate => State::Text {
                text: None,
                separator: field.separator.clone(),
            },
        };
        Self {
            include_empty: field.include_empty,
            state,
        }
    }

    /// `json` is none where the item has no such field.
    pub(crate) fn add(&mut self, json: Option<&str>) -> Result<(), Problem> {
        let counts_empty = self.include_empty && matches!(self.state, State::List(_) | State::Text { .. });
        if is_empty(json) && !counts_empty {
            return Ok(());
        }
        let json = json.unwrap_or("null");
        match &mut self.state {
            State::Count(count) => *count += 1,
            State::Unique(values) => {
                values.insert(canonical(json));
            }
            State::Sum(sum) => *sum = sum.plus(number(json)?),
            State::Average(sum, count) => {
                *sum = sum.plus(number(json)?);
                *count += 1;
            }
            State::Extreme(wanted, best) => {
                let value = Comparable::new(json)?;
                let better = match best {
                    None => true,
                    Some(best) => value.compare(&best.value)? == *wanted,
                };
                if better {
                    let json = json.to_owned();
                    *best = Some(Extreme { value, json });
                }
            }
            State::List(list) => {
                if list.len() > 1 {
                    list.push(',');
                }
                list.push_str(json);
            }
            State::Text { text, separator } => {
                let value = if json == "null" {
                    String::new()
                } else {
                    text_of(json)
                };
                match text {
                    Some(text) => {
                        text.push_str(separator);
                        text.push_str(&value);
                    }
                    None => *text = Some(value),
                }
            }
        }
        Ok(())
    }

    /// The result as JSON text.
    pub(crate) fn json(&self) -> String {
        match &self.state {
            State::Count(count) => count.to_string(),
            State::Unique(values) => values.len().to_string(),
            State::Sum(sum) => sum.json(),
            State::Average(_, 0) | State::Extreme(_, None) => "null".to_owned(),
            State::Average(sum, count) => sum.divided_by(*count).json(),
            State::Extreme(_, Some(best)) => best.json.clone(),
            State::List(list) => format!("{list}]"),
            State::Text { text, .. } => Value::from(text.as_deref().unwrap_or_default()).to_string(),
        }
    }
}

impl Comparable {
    fn new(json: &str) -> Result<Self, Problem> {
        if let Some(number) = Decimal::parse(&text_of(json)) {
            return Ok(Self::Number(number));
        }
        if json.starts_with('"') {
            return Ok(Self::Text(text_of(json)));
        }
        Err(Problem {
            code: "not-comparable",
            message: format!(
                "{} is neither a number nor a text, so it cannot be compared",
                shortened(json)
            ),
        })
    }

    fn compare(&self, other: &Self) -> Result<Ordering, Problem> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Ok(left.compare(*right)),
            (Self::Text(left), Self::Text(right)) => Ok(left.cmp(right)),
            _ => Err(Problem {
                code: "not-comparable",
                message: "there are numbers and texts, which cannot be compared with each other; convert them before"
                    .to_owned(),
            }),
        }
    }
}

fn number(json: &str) -> Result<Decimal, Problem> {
    Decimal::parse(&text_of(json)).ok_or_else(|| Problem {
        code: "not-a-number",
        message: format!(
            "{} is not a number; convert it before, or leave such items out",
            shortened(json)
        ),
    })
}

/// What a JSON string says; other values as they are.
fn text_of(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}

fn shortened(json: &str) -> String {
    match json.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}
