use monshyflow_sdk::NodeError;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Names of the attachments to work on. None: all of the item.
    #[schemars(title = "Attachments", extend("x-widget" = "list"))]
    pub attachments: Vec<String>,
    #[schemars(title = "Format", extend("x-show-if" = { "operation": ["compress"] }))]
    pub format: Format,
    /// 0 only packs, 9 takes the longest and packs the smallest.
    #[schemars(title = "Level", range(min = 0, max = 9), extend("x-group" = "options", "x-show-if" = { "operation": ["compress"] }))]
    pub level: u32,
    /// Name of the archive's attachment. GZIP of several attachments numbers it.
    #[schemars(title = "Output attachment", length(min = 1), extend("x-show-if" = { "operation": ["compress"] }))]
    pub output: String,
    /// File name of the archive. Empty: `archive.zip`, or the file's own name with `.gz`.
    #[schemars(title = "File name", extend("x-placeholder" = "archive.zip", "x-show-if" = { "operation": ["compress"] }))]
    pub file_name: String,
    /// The files of an archive become attachments of this name and a number from 0 on.
    #[schemars(title = "Output prefix", length(min = 1), extend("x-show-if" = { "operation": ["decompress"] }))]
    pub output_prefix: String,
    /// Field that takes a list of the files with attachment, path and size. Empty: none.
    #[schemars(title = "List of files", extend("x-group" = "options", "x-show-if" = { "operation": ["decompress"] }))]
    pub list_field: String,
    /// The attachments that were worked on stay.
    #[schemars(title = "Keep attachments", extend("x-group" = "options"))]
    pub keep_attachments: bool,
    /// An archive with more files is refused.
    #[schemars(title = "Max files", range(min = 1, max = 64), extend("x-group" = "options", "x-show-if" = { "operation": ["decompress"] }))]
    pub max_files: usize,
    /// MiB that all files of an item may have together when unpacked.
    #[schemars(title = "Max size (MiB)", range(min = 1, max = 4096), extend("x-group" = "options", "x-show-if" = { "operation": ["decompress"] }))]
    pub max_size_mib: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    #[default]
    Decompress,
    Compress,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// One archive of all attachments.
    #[default]
    Zip,
    /// An archive for each attachment.
    Gzip,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            attachments: vec!["data".to_owned()],
            format: Format::default(),
            level: 6,
            output: "data".to_owned(),
            file_name: String::new(),
            output_prefix: "file_".to_owned(),
            list_field: String::new(),
            keep_attachments: false,
            max_files: 60,
            max_size_mib: 100,
        }
    }
}

impl Params {
    pub(crate) fn check(&self) -> Result<(), NodeError> {
        let faults = [
            (self.level > 9, "/level", "the level is between 0 and 9"),
            (
                self.output.is_empty(),
                "/output",
                "the archive's attachment needs a name",
            ),
            (
                self.output_prefix.is_empty(),
                "/outputPrefix",
                "the attachments need a name",
            ),
            (
                self.file_name.contains(['/', '\\']) || self.file_name.contains(char::is_control),
                "/fileName",
                "a file name holds no folders and no control characters",
            ),
            (
                !(1..=64).contains(&self.max_files),
                "/maxFiles",
                "between 1 and 64 files fit one item",
            ),
            (
                !(1..=4096).contains(&self.max_size_mib),
                "/maxSizeMib",
                "the size is between 1 and 4096 MiB",
            ),
        ];
        match faults.into_iter().find(|(wrong, ..)| *wrong) {
            Some((_, place, problem)) => Err(NodeError::invalid_param(place, problem)),
            None => Ok(()),
        }
    }
}
