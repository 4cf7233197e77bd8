/// A JSON text with two spaces for each level. Numbers and texts keep their letters.
pub(crate) fn indented(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut level = 0;
    let mut rest = json.trim();
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        match first {
            '"' => {
                length = string_length(rest);
                text.push_str(&rest[..length]);
            }
            '{' | '[' => {
                let inside = rest[1..].trim_start();
                text.push(first);
                if inside.starts_with(['}', ']']) {
                    text.push_str(&inside[..1]);
                    length = rest.len() - inside.len() + 1;
                } else {
                    level += 1;
                    new_line(&mut text, level);
                }
            }
            '}' | ']' => {
                level -= 1;
                new_line(&mut text, level);
                text.push(first);
            }
            ',' => {
                text.push(first);
                new_line(&mut text, level);
            }
            ':' => text.push_str(": "),
            _ if first.is_ascii_whitespace() => {}
            _ => text.push(first),
        }
        rest = &rest[length..];
    }
    text
}

/// Of the JSON string at the beginning, with both quotes.
fn string_length(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

fn new_line(text: &mut String, level: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", level));
}
