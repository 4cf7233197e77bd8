//! Nothing half done is kept: an issue remembers it better than a comment.

use super::{Finding, SourceFile};

/// Written in two halves, so that this file passes its own check.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];

pub(super) fn check(files: &[SourceFile], findings: &mut Vec<Finding>) {
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(word) = UNFINISHED.iter().find(|word| contains_word(line, word)) {
                let message = format!("`{word}`: finish it, or open an issue");
                findings.push(Finding::new(format!("{}:{}", file.path, number + 1), message));
            }
        }
    }
}

fn contains_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(|c| is_part(c) && !word.ends_with('!'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only() {
        let word = concat!("TO", "DO");
        assert!(contains_word(&format!("// {word}: later"), word));
        assert!(contains_word(word, word));
        assert!(!contains_word(&format!("{word}S_PER_DAY"), word));
        assert!(!contains_word("mastodons", word));
    }
}
