use anyhow::{Context, Result, bail};

/// What was typed after the command's name.
pub(crate) struct Arguments {
    own: Vec<String>,
    /// After `--`, for the program that is started.
    passed: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Self {
        let mut own: Vec<String> = words.collect();
        let passed = match own.iter().position(|word| word == "--") {
            Some(at) => own.drain(at..).skip(1).collect(),
            None => Vec::new(),
        };
        Self { own, passed }
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.own.len();
        self.own.retain(|word| word != name);
        self.own.len() < before
    }

    /// `--name VALUE` or `--name=VALUE`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(at) = self
            .own
            .iter()
            .position(|word| word.split('=').next() == Some(name))
        else {
            return Ok(None);
        };
        let word = self.own.remove(at);
        if let Some((_, value)) = word.split_once('=') {
            return Ok(Some(value.to_owned()));
        }
        if at < self.own.len() {
            return Ok(Some(self.own.remove(at)));
        }
        bail!("`{name}` needs a value")
    }

    /// # Errors
    ///
    /// If something was typed that nobody took.
    pub(crate) fn finish(self) -> Result<Vec<String>> {
        match self.own.first() {
            Some(word) => bail!("unknown argument `{word}`: see `cargo xtask help`"),
            None => Ok(self.passed),
        }
    }

    /// Everything, for a command that only passes it on.
    pub(crate) fn into_passed(self) -> Vec<String> {
        [self.own, self.passed].concat()
    }
}

/// A port number as typed.
pub(crate) fn port(text: &str) -> Result<u16> {
    text.parse()
        .with_context(|| format!("`{text}` is not a port: write a number from 1 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_values_and_passed_words() {
        let mut arguments = typed("--port 81 --once --data=x -- --once y");
        assert!(arguments.flag("--once"));
        assert_eq!(arguments.value("--port").unwrap().as_deref(), Some("81"));
        assert_eq!(arguments.value("--data").unwrap().as_deref(), Some("x"));
        assert_eq!(arguments.finish().unwrap(), ["--once", "y"]);
    }

    #[test]
    fn what_nobody_took_is_an_error() {
        assert!(typed("--portt 81").finish().is_err());
        assert!(typed("--port").value("--port").is_err());
    }
}
