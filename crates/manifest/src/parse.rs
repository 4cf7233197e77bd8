use monshyflow_strict_json::read;

use crate::error::Fault;
use crate::section::MAX_MANIFEST_BYTES;
use crate::{Manifest, ManifestError};

impl Manifest {
    /// Reads and checks the manifest of a component that nobody trusts.
    ///
    /// # Errors
    ///
    /// If the text is not a manifest at all, or every fault of what it says.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = read(text, MAX_MANIFEST_BYTES).map_err(|error| ManifestError {
            faults: vec![Fault {
                pointer: error.pointer().to_owned(),
                message: error.to_string(),
            }],
        })?;
        manifest.validate()?;
        Ok(manifest)
    }
}
