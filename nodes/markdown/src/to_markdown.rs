use std::rc::Rc;

use htmd::element_handler::{HandlerResult, Handlers};
use htmd::{Element, HtmlToMarkdown, Node};
use monshyflow_sdk::NodeError;

use crate::markdown_options::{Emphasis, MarkdownOptions, Strong};

/// The converter calls itself for each level.
const MAX_DEPTH: usize = 200;

/// What is never shown.
const HIDDEN: [&str; 5] = ["noscript", "script", "style", "template", "title"];

pub(crate) fn convert(html: &str, options: &MarkdownOptions) -> Result<String, NodeError> {
    let converter = converter(options);
    let tree = converter.html_to_tree(html)?;
    if is_too_deep(&tree) {
        let message = format!(
            "the HTML is nested deeper than {MAX_DEPTH} elements; extract the part that matters before"
        );
        return Err(NodeError::invalid("html-too-deep", message).at("/html"));
    }
    Ok(converter.tree_to_markdown(&tree))
}

fn converter(options: &MarkdownOptions) -> HtmlToMarkdown {
    let ignored = options.ignore.iter().map(|name| name.trim().to_ascii_lowercase());
    let ignored: Vec<String> = ignored.filter(|name| !name.is_empty()).collect();
    let mut skipped = HIDDEN.to_vec();
    skipped.extend(ignored.iter().map(String::as_str));
    let mut builder = HtmlToMarkdown::builder().options(options.for_converter());
    if options.emphasis == Emphasis::Underscore {
        builder = builder.add_handler(vec!["em", "i"], |handlers: &dyn Handlers, element: Element| {
            marked(handlers, &element, "_")
        });
    }
    if options.strong == Strong::Underscores {
        builder = builder.add_handler(
            vec!["strong", "b"],
            |handlers: &dyn Handlers, element: Element| marked(handlers, &element, "__"),
        );
    }
    if !options.keep_data_images {
        builder = builder.add_handler(vec!["img"], |handlers: &dyn Handlers, element: Element| {
            let mut sources = element
                .attrs
                .iter()
                .filter(|attribute| &*attribute.name.local == "src");
            let is_data = sources.any(|source| source.value.trim_start().starts_with("data:"));
            if is_data { None } else { handlers.fallback(element) }
        });
    }
    // What is added last wins.
    builder.skip_tags(skipped).build()
}

/// The text between markers; white space stays outside, as Markdown wants it.
fn marked(handlers: &dyn Handlers, element: &Element, marker: &str) -> Option<HandlerResult> {
    let content = handlers.walk_children(element.node).content;
    let text = content.trim();
    if text.is_empty() {
        return None;
    }
    let start = &content[..content.len() - content.trim_start().len()];
    let end = &content[content.trim_end().len()..];
    Some(format!("{start}{marker}{text}{marker}{end}").into())
}

fn is_too_deep(tree: &Rc<Node>) -> bool {
    let mut open = vec![(Rc::clone(tree), 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        let children = node.children.borrow();
        open.extend(children.iter().map(|child| (Rc::clone(child), depth + 1)));
    }
    false
}
