use monshyflow_sdk::NodeError;

/// As many as Excel has.
pub(crate) const MAX_ROWS: u32 = 1_048_576;
pub(crate) const MAX_COLUMNS: u32 = 16_384;

/// A part of a sheet; rows and columns count from 0, ends are part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first_row: u32,
    pub(crate) last_row: u32,
    pub(crate) first_column: u32,
    pub(crate) last_column: u32,
}

impl Range {
    /// `A2:D100`, `B3`, `A:D`, `2:5` or `3`; without an end it goes on to the end of the sheet.
    ///
    /// # Errors
    ///
    /// `invalid-params`.
    pub(crate) fn parse(text: &str) -> Result<Self, NodeError> {
        Self::read(text.trim()).ok_or_else(|| {
            let place = "/reading/range";
            let message =
                format!("parameter {place}: `{text}` is no range; write it like `A2:D100`, `B3` or `A:D`");
            NodeError::invalid("invalid-params", message).at(place)
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut range = Self {
            first_row: 0,
            last_row: MAX_ROWS - 1,
            first_column: 0,
            last_column: MAX_COLUMNS - 1,
        };
        if text.is_empty() {
            return Some(range);
        }
        let (first, last) = text
            .split_once(':')
            .map_or((text, None), |(first, last)| (first, Some(last)));
        let (column, row) = corner(first)?;
        range.first_column = column.unwrap_or(range.first_column);
        range.first_row = row.unwrap_or(range.first_row);
        if let Some(last) = last {
            let (column, row) = corner(last)?;
            range.last_column = column.unwrap_or(range.last_column);
            range.last_row = row.unwrap_or(range.last_row);
        }
        (range.first_row <= range.last_row && range.first_column <= range.last_column).then_some(range)
    }

    pub(crate) fn has_column(&self, column: u32) -> bool {
        (self.first_column..=self.last_column).contains(&column)
    }
}

/// Column and row of `B3`, `B` or `3`.
fn corner(text: &str) -> Option<(Option<u32>, Option<u32>)> {
    let text = text.trim().replace('$', "");
    let digits = text.find(|character: char| !character.is_ascii_alphabetic());
    let (letters, digits) = text.split_at(digits.unwrap_or(text.len()));
    if text.is_empty() || letters.len() > 3 {
        return None;
    }
    let number = |letters: &str| {
        letters.bytes().fold(0, |number, letter| {
            number * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1
        })
    };
    let column = (!letters.is_empty()).then(|| number(letters) - 1);
    let row = match digits {
        "" => None,
        digits => Some(digits.parse::<u32>().ok()?.checked_sub(1)?),
    };
    let fits = column.is_none_or(|column| column < MAX_COLUMNS) && row.is_none_or(|row| row < MAX_ROWS);
    fits.then_some((column, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_excel_writes_them() {
        let check = |text: &str, rows: (u32, u32), columns: (u32, u32)| {
            let range = Range {
                first_row: rows.0,
                last_row: rows.1,
                first_column: columns.0,
                last_column: columns.1,
            };
            assert_eq!(Range::read(text), Some(range), "{text}");
        };
        let (rows, columns) = (MAX_ROWS - 1, MAX_COLUMNS - 1);
        check("", (0, rows), (0, columns));
        check("A2:D100", (1, 99), (0, 3));
        check("$b$3", (2, rows), (1, columns));
        check("A:AA", (0, rows), (0, 26));
        check("2:5", (1, 4), (0, columns));
        check("3", (2, rows), (0, columns));
        check("B2:D", (1, rows), (1, 3));
        check("XFD1048576", (rows, rows), (columns, columns));
        for wrong in [
            "A0",
            "XFE1",
            "A1048577",
            "ABCD1",
            "1A",
            "A1:",
            ":B2",
            "B2:A1",
            "A1:B2:C3",
            "ä1",
            "A-1",
            "99999999999",
        ] {
            assert_eq!(Range::read(wrong), None, "{wrong}");
        }
    }
}
