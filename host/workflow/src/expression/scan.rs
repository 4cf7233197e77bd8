//! Finds `{{ }}` in a text. The end of an expression is the first `}}` that stands in no string, comment, regular expression
//! or bracket of the JavaScript between.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    Text(&'t str),
    /// What stands between the braces.
    Expression(&'t str),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ScanError {
    /// Characters before the place at fault.
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Cuts `text` up. Pieces of text are not empty and never stand side by side.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, ScanError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        if open > 0 {
            pieces.push(Piece::Text(&rest[..open]));
        }
        let inside = &rest[open + 2..];
        let at = |offset: usize| text[..text.len() - inside.len() + offset].chars().count();
        let fault = |(offset, message): (usize, String)| ScanError {
            offset: at(offset),
            message,
        };
        let length = expression_length(inside).map_err(fault)?;
        let source = &inside[..length];
        if source.trim().is_empty() {
            return Err(fault((0, "the expression is empty".into())));
        }
        if source.len() > super::MAX_EXPRESSION_BYTES {
            let limit = super::MAX_EXPRESSION_BYTES;
            return Err(fault((
                0,
                format!("the expression has {} bytes, {limit} are allowed", source.len()),
            )));
        }
        pieces.push(Piece::Expression(source));
        rest = &inside[length + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// Bytes from the start of `text` to the `}}` that ends the expression, or offset and words of what is wrong.
fn expression_length(text: &str) -> Result<usize, (usize, String)> {
    let mut scan = Scan::of(text);
    while let Some(byte) = scan.byte() {
        if scan.open.is_empty() && scan.starts_with("}}") {
            return Ok(scan.at);
        }
        scan.token(byte)?;
    }
    match scan.open.last() {
        Some((bracket, at)) => Err((
            *at,
            format!("the `{bracket}` is never closed, so neither is the expression"),
        )),
        None => Err((0, "the expression is never closed: `}}` is missing".into())),
    }
}

/// Goes through JavaScript, token by token.
pub(super) struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Brackets that are open, with their places. A `` ` `` stands for a template literal around `${`.
    open: Vec<(char, usize)>,
    /// A slash now divides; otherwise it starts a regular expression.
    operand_before: bool,
}

type Step = Result<(), (usize, String)>;

impl<'t> Scan<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            open: Vec::new(),
            operand_before: false,
        }
    }

    /// Bytes that are done with.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next one.
    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    /// Goes over the token that begins with `byte`.
    pub(super) fn token(&mut self, byte: u8) -> Step {
        match byte {
            b'"' | b'\'' => self.string(byte),
            b'`' => {
                let start = self.at;
                self.at += 1;
                self.template_literal(start)
            }
            b'/' if self.starts_with("//") => {
                self.line_comment();
                Ok(())
            }
            b'/' if self.starts_with("/*") => self.block_comment(),
            b'/' if !self.operand_before => self.regular_expression(),
            b'(' | b'[' | b'{' => {
                self.open.push((char::from(byte), self.at));
                self.skip(false)
            }
            b')' | b']' | b'}' => self.close(char::from(byte)),
            b' ' | b'\t' | b'\n' | b'\r' => {
                self.at += 1;
                Ok(())
            }
            _ => self.skip(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)),
        }
    }

    fn skip(&mut self, is_operand: bool) -> Step {
        self.at += 1;
        self.operand_before = is_operand;
        Ok(())
    }

    fn close(&mut self, bracket: char) -> Step {
        let fits = |open: char| matches!((open, bracket), ('(', ')') | ('[', ']') | ('{' | '`', '}'));
        match self.open.pop() {
            Some(('`', start)) if bracket == '}' => {
                self.at += 1;
                self.template_literal(start)
            }
            Some((open, _)) if fits(open) => self.skip(true),
            Some((open, _)) => Err((self.at, format!("`{bracket}` does not close `{open}`"))),
            None => Err((self.at, format!("`{bracket}` closes nothing"))),
        }
    }

    fn string(&mut self, quote: u8) -> Step {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' => self.at += 2,
                b'\n' => break,
                byte if byte == quote => return self.skip(true),
                _ => self.at += 1,
            }
        }
        Err((start, "the string is never closed".into()))
    }

    /// Goes to the end of a template literal, or into its next `${`.
    fn template_literal(&mut self, start: usize) -> Step {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' => self.at += 2,
                b'`' => return self.skip(true),
                b'$' if self.starts_with("${") => {
                    self.open.push(('`', start));
                    self.at += 1;
                    return self.skip(false);
                }
                _ => self.at += 1,
            }
        }
        Err((start, "the template literal is never closed".into()))
    }

    /// To the end of the line, or of the expression, since nobody means to comment that out.
    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let end = rest
            .find('\n')
            .unwrap_or(rest.len())
            .min(rest.find("}}").unwrap_or(rest.len()));
        self.at += end;
    }

    fn block_comment(&mut self) -> Step {
        match self.text[self.at + 2..].find("*/") {
            Some(length) => {
                self.at += length + 4;
                Ok(())
            }
            None => Err((self.at, "the comment is never closed".into())),
        }
    }

    fn regular_expression(&mut self) -> Step {
        let (start, mut in_class) = (self.at, false);
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return self.skip(true),
                _ => {}
            }
            self.at += 1;
        }
        Err((start, "the regular expression is never closed".into()))
    }
}
