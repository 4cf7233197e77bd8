use std::cmp::Ordering;

use monshyflow_sdk::{Number, canonical};

use crate::params::Kind;

/// A value of an item, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    /// A text in which groups of digits are numbers.
    Natural(String),
    List(String),
    Object(String),
}

impl Key {
    /// # Errors
    ///
    /// In words, if `json` cannot be compared as `kind` says.
    pub(crate) fn new(json: &str, kind: Kind, case_sensitive: bool) -> Result<Self, String> {
        let text = json
            .starts_with('"')
            .then(|| serde_json::from_str::<String>(json).ok())
            .flatten();
        let folded = |text: String| if case_sensitive { text } else { text.to_lowercase() };
        match kind {
            _ if json == "null" => Ok(Self::Null),
            Kind::Auto => Ok(text.map_or_else(|| Self::of_type(json), |text| Self::Text(folded(text)))),
            Kind::Number if text.as_deref().is_some_and(|text| text.trim().is_empty()) => Ok(Self::Null),
            Kind::Number => Number::parse(text.as_deref().unwrap_or(json))
                .map(Self::Number)
                .ok_or_else(|| {
                    format!(
                        "{} is not a number; compare it as `auto` or `text`",
                        shortened(json)
                    )
                }),
            Kind::Text => Ok(Self::Text(folded(text.unwrap_or_else(|| json.to_owned())))),
            Kind::Natural => Ok(Self::Natural(folded(text.unwrap_or_else(|| json.to_owned())))),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.compare(*right),
            (Self::List(left), Self::List(right)) | (Self::Object(left), Self::Object(right)) => {
                left.cmp(right)
            }
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Natural(left), Self::Natural(right)) => naturally(left, right),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn of_type(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b't' | b'f') => Self::Boolean(json == "true"),
            Some(b'[') => Self::List(canonical(json)),
            Some(b'{') => Self::Object(canonical(json)),
            _ => Number::parse(json).map_or(Self::Null, Self::Number),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) | Self::Natural(_) => 3,
            Self::List(_) => 4,
            Self::Object(_) => 5,
        }
    }
}

/// Groups of digits by their value, the rest letter by letter.
fn naturally(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let (digits, other_digits) = (digits(left), digits(right));
        if digits > 0 && other_digits > 0 {
            let (number, rest) = left.split_at(digits);
            let (other, other_rest) = right.split_at(other_digits);
            let (number, other) = (number.trim_start_matches('0'), other.trim_start_matches('0'));
            let order = number.len().cmp(&other.len()).then_with(|| number.cmp(other));
            if order.is_ne() {
                return order;
            }
            (left, right) = (rest, other_rest);
            continue;
        }
        let (mut letters, mut other_letters) = (left.chars(), right.chars());
        match (letters.next(), other_letters.next()) {
            (Some(letter), Some(other)) if letter == other => {}
            (letter, other) => return letter.cmp(&other),
        }
        (left, right) = (letters.as_str(), other_letters.as_str());
    }
}

/// How many digits `text` starts with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn shortened(json: &str) -> String {
    match json.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}
