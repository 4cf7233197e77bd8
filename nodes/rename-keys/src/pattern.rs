use std::borrow::Cow;

use monshyflow_sdk::Object;
use regex_lite::{Regex, RegexBuilder};
use serde_json::value::RawValue;

use crate::params::Replacement;

/// As deep as JSON is read elsewhere.
const MAX_DEPTH: usize = 128;

/// A pattern that changes names.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// As the regex library writes it.
    template: String,
    /// How many levels of objects and lists are entered.
    depth: usize,
}

impl Pattern {
    pub(crate) fn new(replacement: &Replacement) -> Result<Self, regex_lite::Error> {
        let regex = RegexBuilder::new(&replacement.search)
            .case_insensitive(replacement.ignore_case)
            .build()?;
        let depth = usize::try_from(replacement.depth).unwrap_or(MAX_DEPTH);
        Ok(Self {
            regex,
            template: template(&replacement.replace),
            depth: depth.min(MAX_DEPTH),
        })
    }

    /// `json` with other names; borrowed if there is nothing to change.
    pub(crate) fn rename<'a>(&self, json: &'a str) -> Cow<'a, str> {
        self.rename_at(json, 0)
    }

    fn rename_at<'a>(&self, json: &'a str, level: usize) -> Cow<'a, str> {
        let renamed = match json.trim_start().as_bytes().first() {
            _ if level > self.depth => None,
            Some(b'{') => self.rename_object(json, level),
            Some(b'[') => self.rename_list(json, level),
            _ => None,
        };
        renamed.map_or(Cow::Borrowed(json), Cow::Owned)
    }

    fn rename_object(&self, json: &str, level: usize) -> Option<String> {
        let object = Object::parse(json).ok()?;
        let mut renamed = Object::default();
        let mut changes = false;
        for (name, value) in object.fields() {
            let new_name = self.regex.replace_all(name, &self.template);
            let new_value = self.rename_at(&value, level + 1);
            changes |= new_name != name || new_value != value;
            renamed.set_field(&new_name, new_value.into_owned());
        }
        changes.then(|| renamed.to_text())
    }

    fn rename_list(&self, json: &str, level: usize) -> Option<String> {
        let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        let renamed: Vec<Cow<'_, str>> = elements
            .iter()
            .map(|element| self.rename_at(element.get(), level + 1))
            .collect();
        let changes = renamed.iter().any(|element| matches!(element, Cow::Owned(_)));
        changes.then(|| format!("[{}]", renamed.join(",")))
    }
}

/// `replace` as JavaScript writes it, in the regex library's words: there `$1st` would be a group called `1st`.
fn template(replace: &str) -> String {
    let mut template = String::new();
    let mut rest = replace;
    while let Some((before, behind)) = rest.split_once('$') {
        template.push_str(before);
        let digits = behind.bytes().take(2).take_while(u8::is_ascii_digit).count();
        rest = match behind.as_bytes().first() {
            Some(b'$') => {
                template.push_str("$$");
                &behind[1..]
            }
            Some(b'&') => {
                template.push_str("${0}");
                &behind[1..]
            }
            Some(b'<') if behind.contains('>') => {
                let (name, behind) = behind[1..].split_once('>').unwrap_or((behind, ""));
                template.push_str(&format!("${{{name}}}"));
                behind
            }
            _ if digits > 0 => {
                template.push_str(&format!("${{{}}}", &behind[..digits]));
                &behind[digits..]
            }
            _ => {
                template.push_str("$$");
                behind
            }
        };
    }
    template + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_those_of_javascript() {
        let check = |replace: &str, expected: &str| {
            let regex = Regex::new("(?<first>a)(b)").unwrap();
            assert_eq!(
                regex.replace_all("-ab-", template(replace)),
                expected,
                "{replace}"
            );
        };
        check("$2$1", "-ba-");
        check("$1st", "-ast-");
        check("$<first>x", "-ax-");
        check("[$&]", "-[ab]-");
        check("$$1", "-$1-");
        check("5$", "-5$-");
        check("$x", "-$x-");
        check("$9", "--");
        check("", "--");
    }
}
