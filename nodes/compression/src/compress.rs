use std::collections::HashSet;
use std::io;

use flate2::{Compression, GzBuilder};
use monshyflow_sdk::{Attachment, NodeError, blobs};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::params::{Format, Params};

pub(crate) fn compress(params: &Params, attachments: &[&Attachment]) -> Result<Vec<Attachment>, NodeError> {
    match params.format {
        Format::Zip => Ok(vec![zip(params, attachments)?]),
        Format::Gzip => {
            let numbered = attachments.iter().enumerate();
            let archives = numbered.map(|(number, attachment)| {
                let (output, file_name) = match attachments.len() {
                    1 => (params.output.clone(), params.file_name.as_str()),
                    // One name for several archives would help nobody.
                    _ => (format!("{}_{number}", params.output), ""),
                };
                gzip(params, attachment, &output, file_name)
            });
            archives.collect()
        }
    }
}

fn zip(params: &Params, attachments: &[&Attachment]) -> Result<Attachment, NodeError> {
    let options = match params.level {
        0 => SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        level => SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(level.into())),
    };
    let mut writer = ZipWriter::new_stream(blobs::create()?);
    let mut names = HashSet::new();
    for attachment in attachments {
        let large = attachment.size()? > u64::from(u32::MAX);
        writer
            .start_file(unique_name(attachment, &mut names), options.large_file(large))
            .map_err(failed)?;
        io::copy(&mut attachment.open()?, &mut writer)?;
    }
    let writer = writer.finish().map_err(failed)?.into_inner();
    let file_name = match params.file_name.as_str() {
        "" => "archive.zip",
        name => name,
    };
    Ok(writer.finish(&params.output, "application/zip", Some(file_name.to_owned()))?)
}

fn gzip(
    params: &Params,
    attachment: &Attachment,
    output: &str,
    file_name: &str,
) -> Result<Attachment, NodeError> {
    let own_name = attachment.file_name.as_deref().unwrap_or(&attachment.name);
    let mut builder = GzBuilder::new();
    // The header's name is Latin-1 and ends with a zero byte (RFC 1952).
    if own_name.is_ascii() && !own_name.contains('\0') {
        builder = builder.filename(own_name);
    }
    let mut encoder = builder.write(blobs::create()?, Compression::new(params.level));
    io::copy(&mut attachment.open()?, &mut encoder)?;
    let file_name = match file_name {
        "" => format!("{own_name}.gz"),
        name => name.to_owned(),
    };
    Ok(encoder
        .finish()?
        .finish(output, "application/gzip", Some(file_name))?)
}

/// The attachment's file name; a second `a.txt` is called `a_1.txt`.
fn unique_name(attachment: &Attachment, names: &mut HashSet<String>) -> String {
    let own = attachment.file_name.as_deref().unwrap_or(&attachment.name);
    let (stem, ending) = match own.rfind('.') {
        Some(dot) if dot > 0 => own.split_at(dot),
        _ => (own, ""),
    };
    let mut name = own.to_owned();
    let mut number = 0;
    while !names.insert(name.clone()) {
        number += 1;
        name = format!("{stem}_{number}{ending}");
    }
    name
}

fn failed(error: zip::result::ZipError) -> NodeError {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        error => NodeError::permanent(
            "compression-failed",
            format!("the archive cannot be written: {error}"),
        ),
    }
}
