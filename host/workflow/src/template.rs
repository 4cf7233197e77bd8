mod build;

use serde_json::Value;

use crate::{Expression, Origin, Path, Pick, Root};

pub use build::TemplateError;

/// A parameter tree in which the `{{ }}` are parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    root: TemplateNode,
    depends_on_item: bool,
    references: Vec<Reference>,
}

/// A value of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplateNode {
    /// JSON text without expressions, as the author wrote it.
    Constant(Box<str>),
    /// A text that is exactly one expression: keeps the type of what it finds.
    Expression(Expression),
    /// A text with expressions in it.
    Text(Vec<TextPart>),
    Array(Vec<TemplateNode>),
    /// In the author's order.
    Object(Vec<(Box<str>, TemplateNode)>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum TextPart {
    Text(Box<str>),
    Expression(Expression),
}

/// Items that the expressions of a template look at, beside the current one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    pub origin: Origin,
    pub pick: Pick,
}

impl Template {
    pub fn root(&self) -> &TemplateNode {
        &self.root
    }

    /// The resolved parameters may differ from item to item.
    pub fn depends_on_item(&self) -> bool {
        self.depends_on_item
    }

    /// What must be at hand when the template is resolved, each once, in order. The current item itself is not listed.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// All of it, if no expression is in it.
    pub fn constant(&self) -> Option<&str> {
        match &self.root {
            TemplateNode::Constant(text) => Some(text),
            _ => None,
        }
    }

    /// All expressions, in the author's order.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut all = Vec::new();
        self.root.collect(&mut all);
        all
    }

    fn new(root: TemplateNode) -> Self {
        let mut template = Self {
            root,
            depends_on_item: false,
            references: Vec::new(),
        };
        let paths: Vec<&Path> = template
            .expressions()
            .into_iter()
            .flat_map(Expression::paths)
            .collect();
        let depends_on_item = paths.iter().any(|path| path.depends_on_item());
        let mut references: Vec<Reference> = paths.iter().filter_map(|path| reference(path)).collect();
        references.sort();
        references.dedup();
        template.depends_on_item = depends_on_item;
        template.references = references;
        template
    }
}

fn reference(path: &Path) -> Option<Reference> {
    match &path.root {
        Root::Items {
            origin: Origin::Input,
            pick: Pick::Item,
        } => None,
        Root::Items { origin, pick } => Some(Reference {
            origin: origin.clone(),
            pick: *pick,
        }),
        _ => None,
    }
}

impl TemplateNode {
    fn collect<'t>(&'t self, all: &mut Vec<&'t Expression>) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => all.push(expression),
            Self::Text(parts) => all.extend(parts.iter().filter_map(|part| match part {
                TextPart::Expression(expression) => Some(expression),
                TextPart::Text(_) => None,
            })),
            Self::Array(items) => items.iter().for_each(|item| item.collect(all)),
            Self::Object(members) => members.iter().for_each(|(_, member)| member.collect(all)),
        }
    }

    /// The tree as values, with null where nothing is known before the run and some text where it is a text.
    pub(crate) fn preview(&self) -> Value {
        match self {
            Self::Constant(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            Self::Expression(_) => Value::Null,
            Self::Text(_) => Value::String(String::new()),
            Self::Array(items) => items.iter().map(Self::preview).collect(),
            Self::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, member)| (key.to_string(), member.preview()))
                    .collect(),
            ),
        }
    }
}
