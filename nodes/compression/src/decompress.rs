use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use monshyflow_sdk::{Attachment, NodeError, blobs};
use serde_json::{Value, json};

use crate::fault::{unreadable, unsupported};
use crate::media_type;
use crate::params::Params;
use crate::unzip::unzip;

/// What is copied at once.
const PIECE: usize = 64 * 1024;

/// What archives of one item gave.
pub(crate) struct Unpacked<'p> {
    params: &'p Params,
    pub(crate) attachments: Vec<Attachment>,
    /// For people: attachment, path and size of each file.
    pub(crate) files: Vec<Value>,
    bytes: u64,
}

pub(crate) fn decompress<'p>(
    params: &'p Params,
    archives: &[&Attachment],
) -> Result<Unpacked<'p>, NodeError> {
    let mut unpacked = Unpacked {
        params,
        attachments: Vec::new(),
        files: Vec::new(),
        bytes: 0,
    };
    for archive in archives {
        let mut start = [0; 4];
        let mut filled = 0;
        let mut reader = archive.open()?;
        while filled < start.len() {
            match reader.read(&mut start[filled..])? {
                0 => break,
                length => filled += length,
            }
        }
        match start {
            [0x1f, 0x8b, ..] => gunzip(archive, &mut unpacked)?,
            // An empty archive has only the directory's end.
            [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => unzip(archive, &mut unpacked)?,
            _ => return Err(unsupported(archive, "it is neither ZIP nor GZIP")),
        }
    }
    Ok(unpacked)
}

fn gunzip(archive: &Attachment, unpacked: &mut Unpacked<'_>) -> Result<(), NodeError> {
    let mut decoder = MultiGzDecoder::new(archive.open()?);
    let name = archive.file_name.as_deref().and_then(|name| {
        let stem = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".gzip"));
        stem.map(str::to_owned)
            .or_else(|| Some(format!("{}.tar", name.strip_suffix(".tgz")?)))
    });
    // Without a name of its own the header's is taken, as far as it is no path.
    let name = name.or_else(|| {
        let name = String::from_utf8(decoder.header()?.filename()?.to_vec()).ok()?;
        name.rsplit(['/', '\\']).next().map(str::to_owned)
    });
    unpacked.add(archive, name.as_deref().unwrap_or_default(), &mut decoder)
}

impl Unpacked<'_> {
    /// Copies a file out of an archive. `path` is what the archive calls it, with folders if it has some.
    pub(crate) fn add(
        &mut self,
        archive: &Attachment,
        path: &str,
        file: &mut impl Read,
    ) -> Result<(), NodeError> {
        self.check_count(archive, self.files.len() + 1)?;
        let before = self.bytes;
        let mut writer = blobs::create()?;
        let mut piece = vec![0; PIECE];
        loop {
            let length = match file
                .read(&mut piece)
                .map_err(|error| unreadable(archive, error))?
            {
                0 => break,
                length => length,
            };
            self.bytes += length as u64;
            if self.bytes > self.params.max_size_mib * 1024 * 1024 {
                let message = format!(
                    "attachment `{}` unpacks to more than {} MiB; raise the limit if you trust it",
                    archive.name, self.params.max_size_mib
                );
                return Err(NodeError::invalid("archive-too-large", message).at("/maxSizeMib"));
            }
            writer.write_all(&piece[..length])?;
        }
        let name = format!("{}{}", self.params.output_prefix, self.files.len());
        let file_name = path.rsplit('/').next().filter(|name| !name.is_empty());
        let media_type = media_type::by_name(file_name.unwrap_or_default());
        self.attachments
            .push(writer.finish(&name, media_type, file_name.map(str::to_owned))?);
        self.files
            .push(json!({ "attachment": name, "path": path, "size": self.bytes - before }));
        Ok(())
    }

    pub(crate) fn check_count(&self, archive: &Attachment, count: usize) -> Result<(), NodeError> {
        if count <= self.params.max_files {
            return Ok(());
        }
        let message = format!(
            "with attachment `{}` there are more than {} files to unpack; raise the limit, or split the archive",
            archive.name, self.params.max_files
        );
        Err(NodeError::invalid("too-many-files", message).at("/maxFiles"))
    }
}
