/// A piece of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// The same letter once or several times.
    Letters(&'a str),
    /// Text as it is.
    Literal(&'a str),
}

/// What stands in single quotes is literal, and so is what is no letter.
pub(crate) fn tokens(format: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (quoted, behind) = rest[1..].split_once('\'').unwrap_or((&rest[1..], ""));
            tokens.push(Token::Literal(quoted));
            rest = behind;
            continue;
        }
        let is_letter = first.is_ascii_alphabetic();
        let end = rest
            .find(|next: char| {
                if is_letter {
                    next != first
                } else {
                    next == '\'' || next.is_ascii_alphabetic()
                }
            })
            .unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        tokens.push(if is_letter {
            Token::Letters(piece)
        } else {
            Token::Literal(piece)
        });
        rest = behind;
    }
    tokens
}

/// The tokens that stand for several others, as American English has them.
pub(crate) fn spelled_out(letters: &str) -> Option<&'static str> {
    Some(match letters {
        "D" => "M/d/yyyy",
        "DD" => "MMM d, yyyy",
        "DDD" => "MMMM d, yyyy",
        "DDDD" => "EEEE, MMMM d, yyyy",
        "t" => "h:mm a",
        "tt" => "h:mm:ss a",
        "ttt" => "h:mm:ss a ZZZZ",
        "T" => "HH:mm",
        "TT" => "HH:mm:ss",
        "TTT" => "HH:mm:ss ZZZZ",
        "f" => "M/d/yyyy, h:mm a",
        "ff" => "MMM d, yyyy, h:mm a",
        "fff" => "MMMM d, yyyy 'at' h:mm a ZZZZ",
        "F" => "M/d/yyyy, h:mm:ss a",
        "FF" => "MMM d, yyyy, h:mm:ss a",
        "FFF" => "MMMM d, yyyy 'at' h:mm:ss a ZZZZ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_quotes() {
        let found = tokens("yyyy-MM'T'H 'o''clock");
        let expected = [
            Token::Letters("yyyy"),
            Token::Literal("-"),
            Token::Letters("MM"),
            Token::Literal("T"),
            Token::Letters("H"),
            Token::Literal(" "),
            Token::Literal("o"),
            Token::Literal("clock"),
        ];
        assert_eq!(found, expected);
    }
}
