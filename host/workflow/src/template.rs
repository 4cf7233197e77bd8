mod build;
mod literal;

use serde_json::Value;

use crate::{Branch, Code, Expression, Origin, Pick, Reference};

pub use build::TemplateError;

/// A parameter tree in which the `{{ }}` are parsed.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    root: TemplateNode,
    depends_on_item: bool,
    references: Vec<Reference>,
    may_look_at_any_node: bool,
    has_javascript: bool,
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

    /// `references`, and if an expression may look at any node, everything of those nodes, too.
    pub fn references_among(&self, names: &[&str]) -> Vec<Reference> {
        let mut all = self.references.clone();
        if self.may_look_at_any_node() {
            let each = names.iter().flat_map(|name| {
                [(Pick::Item, Branch::Connected), (Pick::All, Branch::Any)].map(|(pick, branch)| Reference {
                    origin: Origin::Node((*name).to_owned()),
                    pick,
                    branch,
                })
            });
            all.extend(each);
            all.sort();
            all.dedup();
        }
        all
    }

    /// An expression names nodes in a way that only the run shows: it may look at any.
    pub fn may_look_at_any_node(&self) -> bool {
        self.may_look_at_any_node
    }

    /// Some expression is JavaScript.
    pub fn has_javascript(&self) -> bool {
        self.has_javascript
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
            may_look_at_any_node: false,
            has_javascript: false,
        };
        let expressions = template.expressions();
        let depends_on_item = expressions.iter().any(|one| one.depends_on_item());
        let mut references: Vec<Reference> = expressions.iter().flat_map(|one| one.references()).collect();
        references.sort();
        references.dedup();
        let is_unclear = |one: &&Expression| matches!(&one.code, Code::JavaScript(script) if script.any_node);
        let may_look_at_any_node = expressions.iter().any(is_unclear);
        let has_javascript = expressions.iter().any(|one| one.is_javascript());
        template.may_look_at_any_node = may_look_at_any_node;
        template.has_javascript = has_javascript;
        template.depends_on_item = depends_on_item;
        template.references = references;
        template
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
