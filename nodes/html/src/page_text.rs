use scraper::{ElementRef, Node, Selector};

/// Elements that start on a line of their own (HTML standard, section 15.3), by name.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// What is never shown.
const HIDDEN: &[&str] = &["head", "noscript", "script", "style", "template"];

/// The text inside of `root`, blocks apart, without what `skip` selects.
pub(crate) fn of(root: ElementRef<'_>, skip: Option<&Selector>) -> String {
    let mut text = String::new();
    let mut next = Some(*root);
    while let Some(node) = next {
        let left_out = ElementRef::wrap(node).is_some_and(|element| {
            element != root
                && (HIDDEN.contains(&element.value().name())
                    || skip.is_some_and(|skip| skip.matches(&element)))
        });
        match node.value() {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) if node != *root => break_line(&mut text, element.name()),
            _ => {}
        }
        next = node.first_child().filter(|_| !left_out);
        // Up to where something follows. No recursion: documents may be nested as deep as they like.
        let mut up = Some(node);
        while let (None, Some(done)) = (next, up) {
            if done == *root {
                return text;
            }
            if let Node::Element(element) = done.value() {
                break_line(&mut text, element.name());
            }
            next = done.next_sibling();
            up = done.parent();
        }
    }
    text
}

fn break_line(text: &mut String, name: &str) {
    if BLOCKS.contains(&name) && !text.is_empty() && !text.ends_with(char::is_whitespace) {
        text.push('\n');
    }
}
