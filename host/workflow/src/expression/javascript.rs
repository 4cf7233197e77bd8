//! What a JavaScript text looks at, found without a parser: too much rather than too little.

use winnow::Parser;

use super::mask::{STRING, TEMPLATE, masked};
use super::parse::string;
use super::{Branch, Origin, Pick, Reference};

/// What the text needs. Where that is not clear it is everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JavaScript {
    /// The value may differ from item to item.
    pub per_item: bool,
    /// Each once.
    pub looks_at: Vec<Reference>,
    /// A node is named in a way that only the run shows.
    pub any_node: bool,
}

/// Words whose value is another for each item, or for each evaluation.
const PER_ITEM: &[&str] = &[
    "$json",
    "$binary",
    "$itemIndex",
    "$position",
    "$item",
    "random",
    "randomItem",
    "globalThis",
];

impl JavaScript {
    pub(super) fn of(source: &str) -> Self {
        let mask = masked(source);
        let mut found = Self::default();
        let mut at = 0;
        while at < mask.len() {
            let length = word_length(&mask[at..]);
            if length == 0 {
                at += 1;
                continue;
            }
            let rest = Rest {
                source,
                mask: &mask,
                at: at + length,
            };
            found.word(&source[at..at + length], rest);
            at += length;
        }
        found.looks_at.sort();
        found.looks_at.dedup();
        found
    }

    fn word(&mut self, word: &str, mut rest: Rest<'_>) {
        self.per_item |= PER_ITEM.contains(&word);
        match word {
            "$" => match rest.called_with() {
                Some(name) => self.follow(Origin::Node(name), &mut rest),
                None => self.anything(),
            },
            "$node" => match rest.member() {
                Some(name) => self.follow(Origin::Node(name), &mut rest),
                None => self.anything(),
            },
            "$items" => self.items(&mut rest),
            "$input" => self.follow(Origin::Input, &mut rest),
            "globalThis" => {
                self.anything();
                self.everything(Origin::Input);
            }
            _ => {}
        }
    }

    fn items(&mut self, rest: &mut Rest<'_>) {
        let start = rest.at;
        let name = rest.take(b'(').then(|| rest.literal()).flatten();
        let name = name.filter(|_| matches!(rest.mask.get(rest.at), Some(b',' | b')')));
        match name {
            // As in n8n it is the first output if none is named, whatever leads here.
            Some(name) => {
                let branch = match rest.argument() {
                    Branch::Connected => Branch::Index(0),
                    named => named,
                };
                self.looks_at.push(Reference {
                    origin: Origin::Node(name),
                    pick: Pick::All,
                    branch,
                });
            }
            None if (Rest { at: start, ..*rest }).starts_with("()") => {
                self.looks_at.push(Reference::connected(Origin::Input, Pick::All));
            }
            None => {
                self.anything();
                self.everything(Origin::Input);
            }
        }
    }

    /// What stands behind a node, or the input.
    fn follow(&mut self, origin: Origin, rest: &mut Rest<'_>) {
        let property = rest.property();
        let is_executed = property == Some("isExecuted");
        let pick = match property {
            Some("first" | "isExecuted") => Pick::First,
            Some("last") => Pick::Last,
            Some("all") => Pick::All,
            Some("item" | "json" | "binary" | "itemMatching" | "pairedItem") => Pick::Item,
            _ => return self.everything(origin),
        };
        let is_list = matches!(pick, Pick::First | Pick::Last | Pick::All);
        let branch = match origin {
            Origin::Node(_) if is_list && !is_executed => rest.arguments(),
            _ => Branch::Connected,
        };
        self.per_item |= pick == Pick::Item;
        self.looks_at.push(Reference { origin, pick, branch });
    }

    fn everything(&mut self, origin: Origin) {
        self.per_item = true;
        self.looks_at.push(Reference {
            origin: origin.clone(),
            pick: Pick::All,
            branch: Branch::Any,
        });
        self.looks_at.push(Reference::connected(origin, Pick::Item));
    }

    fn anything(&mut self) {
        self.per_item = true;
        self.any_node = true;
    }
}

/// Bytes of the name that `mask` begins with.
fn word_length(mask: &[u8]) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'$' | 0x80..);
    mask.iter().take_while(is_part).count()
}

/// What stands behind a word.
struct Rest<'s> {
    source: &'s str,
    mask: &'s [u8],
    at: usize,
}

impl<'s> Rest<'s> {
    /// Goes over a sign, with space around it.
    fn take(&mut self, sign: u8) -> bool {
        self.space();
        let found = self.mask.get(self.at) == Some(&sign);
        self.at += usize::from(found);
        self.space();
        found
    }

    fn space(&mut self) {
        while self.mask.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn starts_with(&self, text: &str) -> bool {
        let mut rest = Rest { ..*self };
        text.bytes().all(|sign| rest.take(sign))
    }

    /// `("Name")`, or `("Name", ..` with more arguments.
    fn called_with(&mut self) -> Option<String> {
        let start = self.at;
        let name = self.take(b'(').then(|| self.literal()).flatten();
        let more = self.mask.get(self.at) == Some(&b',');
        let name = name.filter(|_| more || self.take(b')'));
        if more && name.is_some() {
            // What follows the call is not looked for: `everything` is asked for instead.
            self.at = self.mask.len();
        }
        if name.is_none() {
            self.at = start;
        }
        name
    }

    /// The output that a call names: `(1)`. One without arguments names none.
    fn arguments(&mut self) -> Branch {
        if self.take(b'(') {
            self.argument()
        } else {
            Branch::Any
        }
    }

    /// What stands before the end of an argument, or of all of them: a number, or nothing.
    fn argument(&mut self) -> Branch {
        _ = self.take(b',');
        if self.take(b')') {
            return Branch::Connected;
        }
        let number = self.name().and_then(|digits| digits.parse().ok());
        let ends = self.take(b',') || self.take(b')');
        number.filter(|_| ends).map_or(Branch::Any, Branch::Index)
    }

    /// `["Name"]` or `.Name`.
    fn member(&mut self) -> Option<String> {
        if self.take(b'?') && !self.take(b'.') {
            return None;
        }
        if self.take(b'[') {
            let name = self.literal()?;
            return self.take(b']').then_some(name);
        }
        _ = self.take(b'.');
        self.name().map(str::to_owned)
    }

    /// `.name` or `?.name`.
    fn property(&mut self) -> Option<&'s str> {
        _ = self.take(b'?');
        self.take(b'.').then(|| self.name()).flatten()
    }

    fn name(&mut self) -> Option<&'s str> {
        let start = self.at;
        self.at += word_length(&self.mask[start..]);
        (self.at > start).then(|| &self.source[start..self.at])
    }

    /// A string whose value is clear.
    fn literal(&mut self) -> Option<String> {
        let start = self.at;
        let filler = *self.mask.get(start)?;
        if ![STRING, TEMPLATE].contains(&filler) {
            return None;
        }
        let length = self.mask[start..]
            .iter()
            .take_while(|byte| **byte == filler)
            .count();
        self.at += length;
        let text = &self.source[start..self.at];
        let value = match filler {
            STRING => string.parse(text).ok(),
            TEMPLATE => text.strip_prefix('`')?.strip_suffix('`').map(str::to_owned),
            _ => None,
        };
        self.space();
        value.filter(|value| filler == STRING || !value.contains(['\\', '\r']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> String {
        let found = JavaScript::of(source);
        let mut told: Vec<String> = found
            .looks_at
            .iter()
            .map(|Reference { origin, pick, branch }| {
                let whose = match origin {
                    Origin::Input => "input",
                    Origin::Node(name) => name,
                };
                match branch {
                    Branch::Connected => format!("{whose} {pick:?}"),
                    Branch::Index(index) => format!("{whose} {pick:?} of {index}"),
                    Branch::Any => format!("{whose} {pick:?} of any"),
                }
            })
            .collect();
        told.extend(found.per_item.then(|| "per item".to_owned()));
        told.extend(found.any_node.then(|| "any node".to_owned()));
        told.join(", ")
    }

    #[test]
    fn what_is_named_is_found() {
        for (source, needs) in [
            ("1 + 1", ""),
            ("$now.toISO()", ""),
            ("$json.a + 1", "per item"),
            ("[...$json.a]", "per item"),
            ("Math.random()", "per item"),
            ("$('A').first().json.x.trim()", "A First"),
            ("$( \"A\" ) . last ( ).json", "A Last"),
            ("$( ߬ = $input.first())", "input First, per item, any node"),
            ("$(`A`)?.all().map(i => i.json)", "A All"),
            ("$('It\\'s').all().length + 1", "It's All"),
            ("$('A').item.json.x + 1", "A Item, per item"),
            ("$('A').itemMatching(0).json", "A Item, per item"),
            ("$('A').isExecuted ? 1 : 2", "A First"),
            ("$node['A'].json.x.trim()", "A Item, per item"),
            ("$node.A.json.x.trim()", "A Item, per item"),
            ("$items('A').length + $items().length", "input All, A All of 0"),
            ("$items('A', 0)[0].json", "A All of 0"),
            ("$items('A', 2, $runIndex)[0].json", "A All of 2"),
            ("$items('A', $json.a)[0].json", "A All of any, per item"),
            (
                "$items('A' + 1)",
                "input Item, input All of any, per item, any node",
            ),
            ("$('A').first( 1 , 0).json.x.trim()", "A First of 1"),
            ("$('A').last(undefined, 0).json", "A Last of any"),
            ("$('A').all(1 + 1).length", "A All of any"),
            ("$('A').all?.(1).length", "A All of any"),
            ("$('A').all(10_0).length", "A All of any"),
            ("$input.all(1).length", "input All"),
            ("$('A').first", "A First of any"),
            ("$input.first().json.a.trim()", "input First"),
            ("$input.all().map(i => i.json.a)", "input All"),
            ("$input.item.json.a.trim()", "input Item, per item"),
            (
                "`${$('A').first().json.x} and ${$('B').last().json}`",
                "A First, B Last",
            ),
        ] {
            assert_eq!(told(source), needs, "{source}");
        }
    }

    #[test]
    fn what_is_unclear_is_everything() {
        for (source, needs) in [
            ("$($json.name).first()", "per item, any node"),
            ("$('A' + 'B').first()", "per item, any node"),
            ("$(`A${1}`).first()", "per item, any node"),
            ("[$][0]('A')", "per item, any node"),
            ("$node[$json.name].json", "per item, any node"),
            ("Object.keys($node)", "per item, any node"),
            ("(n => n.first())($('A'))", "A Item, A All of any, per item"),
            ("$('A')['first']()", "A Item, A All of any, per item"),
            ("$('A', 1).first()", "A Item, A All of any, per item"),
            (
                "(({ first }) => 1)($input)",
                "input Item, input All of any, per item",
            ),
            (
                "globalThis['$' + 'json']",
                "input Item, input All of any, per item, any node",
            ),
        ] {
            assert_eq!(told(source), needs, "{source}");
        }
    }

    #[test]
    fn texts_are_no_code() {
        for source in [
            "'$json'.trim()",
            "\"$('A').first()\" + 1",
            "/\\$('A')$/.test('x')",
            "1 /* $('A') */ + 1 // $json",
            "`$('A') \\${$json}` + 1",
            "`a${'}'} $('A')` + 1",
        ] {
            assert_eq!(told(source), "", "{source}");
        }
    }
}
