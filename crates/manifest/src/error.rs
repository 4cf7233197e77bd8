use std::fmt;

/// Everything that is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestError {
    /// At least one.
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the manifest; empty for the whole.
    pub pointer: String,
    /// For people: what is wrong and what to do.
    pub message: String,
}

impl std::error::Error for ManifestError {}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the manifest is wrong")?;
        for (index, fault) in self.faults.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{} (at {})", self.message, self.pointer)
        }
    }
}

/// Faults found so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Beyond this many, the first are enough.
    const MAX: usize = 50;

    pub(crate) fn add(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < Self::MAX {
            let mut message: String = message.into();
            if message.len() > 1_000 {
                message.truncate(message.floor_char_boundary(1_000));
                message.push('…');
            }
            self.0.push(Fault {
                pointer: pointer.into(),
                message,
            });
        }
    }

    pub(crate) fn into_result(self) -> Result<(), ManifestError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ManifestError { faults: self.0 })
        }
    }
}
