use quick_xml::escape::resolve_predefined_entity;

/// The text of HTML without tags, for previews. It needs not be exact, so no HTML parser is brought along.
pub(crate) fn of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start..];
        let is_tag = tag[1..].starts_with(|next: char| next.is_ascii_alphabetic() || "/!?".contains(next));
        let Some(end) = tag.find('>').filter(|_| is_tag) else {
            text.push('<');
            rest = &tag[1..];
            continue;
        };
        text.push(' ');
        rest = &tag[end + 1..];
    }
    text.push_str(rest);
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        let reference = &rest[start + 1..];
        let end = reference.bytes().take(12).position(|byte| byte == b';');
        let meaning = end.and_then(|end| Some((end, meaning(&reference[..end])?)));
        rest = match meaning {
            Some((end, meaning)) => {
                plain.push_str(&meaning);
                &reference[end + 1..]
            }
            None => {
                plain.push('&');
                reference
            }
        };
    }
    plain.push_str(rest);
    plain
}

/// What stands for a reference; none if that is not known here.
pub(crate) fn meaning(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?).map(String::from);
    }
    let common = match name {
        "nbsp" => "\u{a0}",
        "ndash" => "\u{2013}",
        "mdash" => "\u{2014}",
        "lsquo" => "‘",
        "rsquo" => "’",
        "ldquo" => "“",
        "rdquo" => "”",
        "hellip" => "…",
        "copy" => "©",
        "euro" => "€",
        other => resolve_predefined_entity(other)?,
    };
    Some(common.to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn snippets_are_plain_text() {
        let check = |html: &str, expected: &str| assert_eq!(super::of(html), expected, "{html}");
        check(
            "<p>Hello <b>you</b>&nbsp;&amp; me</p>\n<p>x</p>",
            "Hello you & me x",
        );
        check("1 < 2 &unknown; &#228;&#x1F600; & <", "1 < 2 &unknown; ä😀 & <");
        check("<!-- c -->&#xD800;<br", "&#xD800;<br");
        check("&ä;", "&ä;");
    }
}
