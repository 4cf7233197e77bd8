use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use monshyflow_items::Item;
use monshyflow_workflow::{Expression, Origin, Pick, Template};

use crate::value::{Value, write_string};
use crate::{Scope, Surroundings};

/// About the most bytes of items in one request: as values they take several times as much of the evaluator's memory.
const REQUEST_BYTES: usize = 4 << 20;

/// What the evaluator is asked for a template: each text of JavaScript once, for all items.
pub(crate) struct Question<'q> {
    pub(crate) sources: Vec<&'q str>,
    /// Of each source: it is evaluated for each item.
    pub(crate) per_item: Vec<bool>,
    /// Place of each source in `sources`.
    pub(crate) columns: HashMap<&'q str, usize>,
    needs: BTreeMap<Origin, BTreeSet<Pick>>,
    /// Items of each request, as places in `Scope::items`.
    pub(crate) ranges: Vec<Range<usize>>,
}

impl<'q> Question<'q> {
    /// About the JavaScript in a template, or about every expression of it. `None` if there is nothing to ask.
    pub(crate) fn about(
        template: &'q Template,
        scope: &Scope<'_>,
        around: &Surroundings<'_>,
        everything: bool,
    ) -> Option<Self> {
        let mut question = Self {
            sources: Vec::new(),
            per_item: Vec::new(),
            columns: HashMap::new(),
            needs: BTreeMap::new(),
            ranges: Vec::new(),
        };
        for expression in template.expressions() {
            if everything || expression.is_javascript() {
                question.add(expression);
            }
        }
        let for_items = question.per_item.contains(&true);
        if question.sources.is_empty() || template.depends_on_item() && scope.items.is_empty() {
            return None;
        }
        for reference in template.references_among(around.node_names) {
            question
                .needs
                .entry(reference.origin)
                .or_default()
                .insert(reference.pick);
        }
        question.ranges = if for_items {
            ranges(scope.items)
        } else {
            std::iter::once(0..0).collect()
        };
        Some(question)
    }

    fn add(&mut self, expression: &'q Expression) {
        let source = &*expression.source;
        if self.columns.contains_key(source) {
            return;
        }
        self.columns.insert(source, self.sources.len());
        self.sources.push(source);
        self.per_item.push(expression.depends_on_item());
    }

    /// One request: README.md of the evaluator describes it. The text of items is copied as it stands.
    pub(crate) fn request(
        &self,
        range: &Range<usize>,
        scope: &Scope<'_>,
        around: &Surroundings<'_>,
    ) -> String {
        let items = &scope.items[range.clone()];
        let size: usize = items.iter().map(|item| item.size() + 32).sum();
        let mut out = String::with_capacity(size + 1024);
        out.push_str("{\"expressions\":");
        texts(&mut out, &self.sources);
        out.push_str(",\"perItem\":[");
        joined(&mut out, &self.per_item, |out, flag| {
            out.push_str(if *flag { "true" } else { "false" });
        });
        out.push_str("],\"items\":[");
        joined(&mut out, items, |out, item| Value::Item(item).write_json(out));
        out.push_str(&format!(
            "],\"firstIndex\":{},\"inputCount\":{},\"input\":",
            scope.first_index + range.start,
            scope.input_count
        ));
        self.input(&mut out, items, scope);
        out.push_str(",\"itemsAt\":");
        let asked = scope.asked.input.iter();
        by_place(&mut out, asked.map(|(place, item)| (*place, Some(item))));
        out.push_str(",\"nodes\":{");
        let nodes = self.needs.iter().filter_map(|(origin, picks)| match origin {
            // A name that is not there is for the evaluator to tell.
            Origin::Node(name) => around
                .node_names
                .contains(&name.as_str())
                .then_some((name.as_str(), picks)),
            Origin::Input => None,
        });
        joined(&mut out, nodes, |out, (name, picks)| {
            node(out, name, picks, scope, range)
        });
        out.push_str("},\"nodeNames\":");
        texts(&mut out, around.node_names);
        out.push_str(",\"context\":");
        out.push_str(&around.context(scope));
        out.push('}');
        out
    }

    fn input(&self, out: &mut String, items: &[Item], scope: &Scope<'_>) {
        let picks = self.needs.get(&Origin::Input).cloned().unwrap_or_default();
        match scope.input.all {
            Some(all) if all.len() == items.len() => out.push_str("null"),
            _ => output(out, scope.input, &picks),
        }
    }
}

fn node(out: &mut String, name: &str, picks: &BTreeSet<Pick>, scope: &Scope<'_>, range: &Range<usize>) {
    write_string(out, name);
    let Some(found) = (scope.output)(name) else {
        out.push_str(":{\"ran\":false}");
        return;
    };
    out.push_str(&format!(
        ":{{\"ran\":true,\"branch\":{},\"run\":{},\"names\":",
        found.branch, found.run
    ));
    texts(out, found.names);
    out.push_str(",\"ports\":[");
    joined(out, found.ports, |out, port| match port {
        Some(port) => output(out, *port, picks),
        None => out.push_str("null"),
    });
    out.push(']');
    if picks.contains(&Pick::Item) {
        out.push_str(",\"item\":[");
        joined(out, range.clone(), |out, place| {
            let found = (scope.ancestor)(name, scope.first_index + place);
            found.map_or(Value::Null, Value::Item).write_json(out);
        });
        out.push_str("],\"itemsAt\":");
        let asked = scope.asked.ancestors.get(name).into_iter().flatten();
        by_place(out, asked.map(|(place, item)| (*place, item.as_ref())));
    }
    out.push('}');
}

fn by_place<'a>(out: &mut String, items: impl Iterator<Item = (usize, Option<&'a Item>)>) {
    out.push('{');
    joined(out, items, |out, (place, item)| {
        out.push_str(&format!("\"{place}\":"));
        item.map_or(Value::Null, Value::Item).write_json(out);
    });
    out.push('}');
}

/// As much as is asked for and at hand.
fn output(out: &mut String, found: crate::Output<'_>, picks: &BTreeSet<Pick>) {
    let mut members = Vec::new();
    let mut add = |name: &str, value: Value<'_>| {
        let mut text = format!("\"{name}\":");
        value.write_json(&mut text);
        members.push(text);
    };
    match (found.all, found.first, found.last) {
        (Some(all), ..) if picks.contains(&Pick::All) => add("all", Value::Items(all)),
        (_, Some(first), Some(last)) => {
            if picks.contains(&Pick::First) {
                add("first", Value::Item(first));
            }
            if picks.contains(&Pick::Last) {
                add("last", Value::Item(last));
            }
        }
        // Of a node whose items are only followed back, nobody counted them.
        _ if picks.iter().any(|pick| *pick != Pick::Item) => add("count", Value::Number(0.0)),
        _ => {}
    }
    out.push('{');
    out.push_str(&members.join(","));
    out.push('}');
}

fn texts<T: AsRef<str>>(out: &mut String, texts: &[T]) {
    out.push('[');
    joined(out, texts, |out, text| write_string(out, text.as_ref()));
    out.push(']');
}

fn joined<T>(out: &mut String, each: impl IntoIterator<Item = T>, write: impl Fn(&mut String, T)) {
    for (index, one) in each.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, one);
    }
}

fn ranges(items: &[Item]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, item) in items.iter().enumerate() {
        if bytes + item.size() > REQUEST_BYTES && place > start {
            ranges.push(start..place);
            (start, bytes) = (place, 0);
        }
        bytes += item.size();
    }
    ranges.push(start..items.len());
    ranges
}
