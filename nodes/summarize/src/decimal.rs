use std::cmp::Ordering;

/// The most digits behind the point that are kept exactly.
const MAX_SCALE: u32 = 30;

/// A number as people write it, so that 0.1 and 0.2 are 0.3. What has too many digits goes on as floating point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Decimal {
    /// `units` / 10^`scale`
    Exact {
        units: i128,
        scale: u32,
    },
    Float(f64),
}

impl Decimal {
    pub(crate) const ZERO: Self = Self::Exact { units: 0, scale: 0 };

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.ends_with(|last: char| last.is_ascii_digit()) {
            return None;
        }
        let float: f64 = text.parse().ok().filter(|float: &f64| float.is_finite())?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let scale = fraction.len() as u32;
        let is_plain = scale <= MAX_SCALE && !text.contains(['e', 'E']);
        let units = is_plain
            .then(|| format!("{whole}{fraction}").parse().ok())
            .flatten();
        Some(units.map_or(Self::Float(float), |units| Self::Exact { units, scale }))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let exact = aligned(self, other).and_then(|(left, right, scale)| {
            let units = left.checked_add(right)?;
            Some(Self::Exact { units, scale })
        });
        exact.unwrap_or_else(|| Self::Float(self.float() + other.float()))
    }

    /// `count` is not 0.
    pub(crate) fn divided_by(self, count: u64) -> Self {
        if let Self::Exact { mut units, mut scale } = self {
            let count = i128::from(count);
            while scale <= MAX_SCALE {
                if units % count == 0 {
                    return Self::Exact {
                        units: units / count,
                        scale,
                    };
                }
                let Some(more) = units.checked_mul(10) else { break };
                (units, scale) = (more, scale + 1);
            }
        }
        Self::Float(self.float() / count as f64)
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match aligned(self, other) {
            Some((left, right, _)) => left.cmp(&right),
            None => self.float().total_cmp(&other.float()),
        }
    }

    /// As JSON text, without zeros at the end of a fraction.
    pub(crate) fn json(self) -> String {
        match self {
            Self::Exact { units, scale: 0 } => units.to_string(),
            Self::Exact { units, scale } => {
                let sign = if units < 0 { "-" } else { "" };
                let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale as usize + 1);
                let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
                let fraction = fraction.trim_end_matches('0');
                let point = if fraction.is_empty() { "" } else { "." };
                format!("{sign}{whole}{point}{fraction}")
            }
            Self::Float(float) => serde_json::Value::from(float).to_string(),
        }
    }

    fn float(self) -> f64 {
        match self {
            // Reading the digits rounds once.
            Self::Exact { .. } => self.json().parse().unwrap_or(f64::NAN),
            Self::Float(float) => float,
        }
    }
}

/// Both in units of one scale, if that is possible.
fn aligned(left: Decimal, right: Decimal) -> Option<(i128, i128, u32)> {
    let (
        Decimal::Exact {
            units: left,
            scale: left_scale,
        },
        Decimal::Exact {
            units: right,
            scale: right_scale,
        },
    ) = (left, right)
    else {
        return None;
    };
    let scale = left_scale.max(right_scale);
    let raise = |units: i128, from: u32| units.checked_mul(10_i128.checked_pow(scale - from)?);
    Some((raise(left, left_scale)?, raise(right, right_scale)?, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[&str]) -> String {
        let numbers = numbers.iter().map(|text| Decimal::parse(text).unwrap());
        numbers.fold(Decimal::ZERO, Decimal::plus).json()
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(sum(&["0.1", "0.2"]), "0.3");
        assert_eq!(sum(&["-0.05", "0.01"]), "-0.04");
        assert_eq!(sum(&["1.50", "1.5"]), "3");
        assert_eq!(sum(&["12345678901234567890", "1"]), "12345678901234567891");
        assert_eq!(sum(&["1e3", "1"]), "1001.0");
        assert_eq!(
            sum(&["170141183460469231731687303715884105727", "1"]),
            "1.7014118346046923e+38"
        );
    }

    #[test]
    fn averages_are_exact_where_they_can_be() {
        let average = |text: &str, count| Decimal::parse(text).unwrap().divided_by(count).json();
        assert_eq!(average("0.3", 3), "0.1");
        assert_eq!(average("10", 4), "2.5");
        assert_eq!(average("-1", 8), "-0.125");
        assert_eq!(average("10", 3), "3.3333333333333335");
        assert_eq!(average("1e300", 2), "5e+299");
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "x", "1x", "inf", "NaN", "1e999", "0x10", "--1", "1.2.3", "."] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(
            Decimal::parse(" +.5 "),
            Some(Decimal::Exact { units: 5, scale: 1 })
        );
    }

    #[test]
    fn order_is_by_value() {
        let compare = |left: &str, right: &str| {
            Decimal::parse(left)
                .unwrap()
                .compare(Decimal::parse(right).unwrap())
        };
        assert_eq!(compare("1.0", "1"), Ordering::Equal);
        assert_eq!(compare("9", "10"), Ordering::Less);
        assert_eq!(
            compare("12345678901234567891", "12345678901234567890"),
            Ordering::Greater
        );
        assert_eq!(compare("1e40", "2"), Ordering::Greater);
    }
}
