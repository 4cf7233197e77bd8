//! What the compiler does not check: who may import whom, how large things are, what they are called, and that
//! ARCHITECTURE.md knows every crate.

mod architecture_map;
mod contract;
mod edges;
mod exceptions;
mod features;
mod names;
mod pure;
mod sizes;
mod source_file;
mod words;

use anyhow::{Result, bail};

use crate::metadata::Metadata;
use crate::places::Places;
use crate::process;
use source_file::SourceFile;

/// Something that is not tidy: where, what, and what to do.
pub(crate) struct Finding {
    place: String,
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

/// # Errors
///
/// If anything is not tidy; every finding was printed.
pub(crate) fn run(places: &Places) -> Result<()> {
    let metadata = Metadata::read(process::cargo(places), &["--locked"])?;
    let files = source_file::read_all(&places.root)?;
    let mut findings = Vec::new();
    edges::check(places, &metadata, &mut findings);
    features::check(&metadata, &mut findings);
    architecture_map::check(places, &metadata, &mut findings)?;
    contract::check(places, &mut findings)?;
    pure::check(&files, &mut findings);
    names::check(&files, &mut findings);
    words::check(&files, &mut findings);
    sizes::check(&files, &mut findings);
    for Finding { place, message } in &findings {
        println!("{place}: {message}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 thing is not tidy"),
        several => bail!("{several} things are not tidy"),
    }
}
