use roxmltree::{Document, Node};

/// Longest icon, in bytes of SVG text.
pub const MAX_ICON_BYTES: usize = 16 << 10;

const SVG: &str = "http://www.w3.org/2000/svg";

/// What an icon may be drawn with. Nothing of it runs, loads, or repeats itself.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "path",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "rect",
    "text",
    "tspan",
    "defs",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "title",
    "desc",
];

/// An icon is a self-contained drawing: it goes into pages of people who never saw its author.
pub(crate) fn check_icon(svg: &str) -> Result<(), String> {
    if svg.len() > MAX_ICON_BYTES {
        return Err(format!(
            "the icon has {} bytes, {MAX_ICON_BYTES} are allowed",
            svg.len()
        ));
    }
    let document =
        Document::parse(svg).map_err(|error| format!("the icon is not XML without a DTD: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        return Err(format!("the icon must be an `svg` element with xmlns=\"{SVG}\""));
    }
    document.descendants().try_for_each(check_node)
}

fn check_node(node: Node<'_, '_>) -> Result<(), String> {
    if node.is_pi() {
        return Err("the icon holds a processing instruction".into());
    }
    if !node.is_element() {
        return Ok(());
    }
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(SVG) || !ELEMENTS.contains(&name) {
        return Err(format!(
            "the icon holds a `{name:.50}` element; allowed are {}",
            ELEMENTS.join(", ")
        ));
    }
    node.attributes()
        .try_for_each(|attribute| check_attribute(name, attribute.name(), attribute.value()))
}

fn check_attribute(element: &str, name: &str, value: &str) -> Result<(), String> {
    let refuse = |why: &str| Err(format!("the icon's attribute `{name:.50}` of `{element}` {why}"));
    if name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("on"))
    {
        return refuse("is an event handler");
    }
    if name.eq_ignore_ascii_case("href") && !value.trim_start().starts_with('#') {
        return refuse("refers to something outside");
    }
    // CSS may spell a word with escapes (`u\72l(`) and break it up with comments.
    if value.contains('\\') || value.contains("/*") {
        return refuse("holds CSS escapes or comments");
    }
    let dense: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let dense = dense.to_ascii_lowercase();
    let outside = dense.match_indices("url(").any(|(at, open)| {
        !dense[at + open.len()..]
            .trim_start_matches(['"', '\''])
            .starts_with('#')
    });
    let active = [
        "javascript:",
        "data:",
        "@import",
        "expression(",
        "image(",
        "image-set(",
        "src(",
    ];
    if outside || active.iter().any(|word| dense.contains(word)) {
        return refuse("refers to something outside");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icon(inside: &str) -> Result<(), String> {
        check_icon(&format!(
            r#"<svg xmlns="{SVG}" viewBox="0 0 24 24">{inside}</svg>"#
        ))
    }

    #[test]
    fn drawings_pass() {
        icon(
            r##"<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>
            <g style="fill: url(#a); stroke: none"><path d="M1 2h3" fill="url('#a')"/></g>"##,
        )
        .unwrap();
    }

    #[test]
    fn what_runs_or_loads_is_refused() {
        for bad in [
            "<script>alert(1)</script>",
            "<foreignObject/>",
            "<image href='#a'/>",
            "<use href='#a'/>",
            "<style>*{fill:red}</style>",
            "<a href='#x'/>",
            "<animate/>",
            "<g onload='x()'/>",
            "<g ONCLICK='x()'/>",
            "<g href='https://example.com'/>",
            "<g xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='data:x'/>",
            "<g style='fill:url(https://example.com/#a)'/>",
            "<g style='fill:u\\72l(https://example.com)'/>",
            "<g fill='URL ( \"//example.com\" )'/>",
            "<g style='@im/**/port'/>",
            "<h:g xmlns:h='http://www.w3.org/1999/xhtml'/>",
            "<?xml-stylesheet href='x'?>",
            "<g>",
        ] {
            assert!(icon(bad).is_err(), "{bad}");
        }
        assert!(check_icon("<svg/>").is_err());
        assert!(
            check_icon(&format!(
                "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='{SVG}'>&a;</svg>"
            ))
            .is_err()
        );
        assert!(
            check_icon(&format!(
                "<svg xmlns='{SVG}'>{}</svg>",
                " ".repeat(MAX_ICON_BYTES)
            ))
            .is_err()
        );
        assert!(icon(&"<g>".repeat(4_000)).is_err());
    }
}
