use std::cmp::Ordering;
use std::fmt;

/// A number that keeps its digits if it is whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Integer(i128),
    /// Finite.
    Float(f64),
}

impl Number {
    /// `text` is a JSON number, or looks like one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(integer) = text.parse() {
            return Some(Self::Integer(integer));
        }
        let float: f64 = text.parse().ok()?;
        float.is_finite().then_some(Self::Float(float))
    }

    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(&right),
            // Both are finite, so there is an order.
            (left, right) => left
                .float()
                .partial_cmp(&right.float())
                .unwrap_or(Ordering::Equal),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }
}

/// As [`parse`](Number::parse) reads it.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(formatter, "{integer}"),
            Self::Float(float) => write!(formatter, "{float:e}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_compared_to_the_last_digit() {
        let order = |left, right| {
            Number::parse(left)
                .unwrap()
                .compare(Number::parse(right).unwrap())
        };
        assert_eq!(order("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(order(" 1e3 ", "1000"), Ordering::Equal);
        assert_eq!(order("-0.5", "-1"), Ordering::Greater);
        assert_eq!(order("0", "-0.0"), Ordering::Equal);
    }

    #[test]
    fn what_is_written_can_be_read() {
        for text in [
            "0",
            "-7",
            "170141183460469231731687303715884105727",
            "0.1",
            "1e300",
            "-1.5e-7",
        ] {
            let number = Number::parse(text).unwrap();
            assert_eq!(Number::parse(&number.to_string()), Some(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", " ", "x", "1x", "NaN", "inf", "1e999", "\"1\""] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
