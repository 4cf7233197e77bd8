use std::fmt::{Display, Formatter, Result, Write};

use super::parse::{continues_identifier, starts_identifier};
use super::{Literal, Operand, Origin, Path, Pick, Root, Step, array_index};

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Path(path) => path.fmt(f),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => f.write_str(ryu_js::Buffer::new().format(*number)),
            Self::String(text) => write_string(f, text, '"'),
        }
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.root.fmt(f)?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl Display for Root {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Json => f.write_str("$json"),
            Self::ItemIndex => f.write_str("$itemIndex"),
            Self::Variables => f.write_str("$vars"),
            Self::RunId => f.write_str("$run.id"),
            Self::WorkflowId => f.write_str("$workflow.id"),
            Self::WorkflowName => f.write_str("$workflow.name"),
            Self::Items { origin, pick } => {
                match origin {
                    Origin::Input => f.write_str("$input")?,
                    Origin::Node(name) => {
                        f.write_str("$(")?;
                        write_string(f, name, '\'')?;
                        f.write_str(")")?;
                    }
                }
                f.write_str(match pick {
                    Pick::Item => ".item",
                    Pick::First => ".first()",
                    Pick::Last => ".last()",
                    Pick::All => ".all()",
                })
            }
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let is_identifier =
            self.key.starts_with(starts_identifier) && self.key.chars().all(continues_identifier);
        if self.optional {
            f.write_str("?.")?;
        } else if is_identifier {
            f.write_str(".")?;
        }
        if is_identifier {
            return f.write_str(&self.key);
        }
        f.write_str("[")?;
        match array_index(&self.key) {
            Some(index) => index.fmt(f)?,
            None => write_string(f, &self.key, '"')?,
        }
        f.write_str("]")
    }
}

fn write_string(f: &mut Formatter<'_>, text: &str, quote: char) -> Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\\' => f.write_str("\\\\")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
