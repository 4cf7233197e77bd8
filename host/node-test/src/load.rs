use std::fs;
use std::path::{Path, PathBuf};

use crate::Case;

/// Why a node's cases cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    #[error("{0} holds no case: write params, input and expected output of one call; every node needs some")]
    None(PathBuf),
    #[error("cannot read {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    NotACase {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{path}: case `{title}` {fault}")]
    NothingToLearn {
        path: PathBuf,
        title: String,
        fault: &'static str,
    },
}

/// The cases of the folder `cases` of a node, with the name of their file. One file holds a case or a list of them.
///
/// # Errors
///
/// If there is none, or one cannot be read.
pub fn load_cases(node: &Path) -> Result<Vec<(String, Case)>, CasesError> {
    let folder = node.join("cases");
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|source| unreadable(&folder, source))? {
        files.push(entry.map_err(|source| unreadable(&folder, source))?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        cases.extend(load_file(&file)?.into_iter().map(|case| (name.clone(), case)));
    }
    if cases.is_empty() {
        return Err(CasesError::None(folder));
    }
    Ok(cases)
}

fn load_file(path: &Path) -> Result<Vec<Case>, CasesError> {
    let text = fs::read_to_string(path).map_err(|source| unreadable(path, source))?;
    let parsed = if text.trim_start().starts_with('[') {
        serde_json::from_str(&text)
    } else {
        serde_json::from_str(&text).map(|case| vec![case])
    };
    let cases: Vec<Case> = parsed.map_err(|source| CasesError::NotACase {
        path: path.to_owned(),
        source,
    })?;
    for case in &cases {
        if let Some(fault) = case.fault() {
            return Err(CasesError::NothingToLearn {
                path: path.to_owned(),
                title: case.title.clone(),
                fault,
            });
        }
    }
    Ok(cases)
}

fn unreadable(path: &Path, source: std::io::Error) -> CasesError {
    CasesError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
