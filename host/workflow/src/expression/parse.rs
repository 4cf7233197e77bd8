use winnow::Result;
use winnow::ascii::{digit0, digit1};
use winnow::combinator::{alt, delimited, eof, not, opt, preceded, repeat, separated, terminated};
use winnow::error::ContextError;
use winnow::prelude::*;
use winnow::token::{any, one_of, take_while};

use super::{Code, JavaScript, Literal, Operand, Origin, Path, Pick, Root, Step};

/// What the text means. Whatever is not a path or a literal may be JavaScript.
pub(super) fn parse(source: &str) -> Code {
    let mut alternatives = terminated(
        delimited(space, separated(1.., operand, (space, "??", space)), space),
        eof::<_, ContextError>,
    );
    match alternatives.parse(source) {
        Ok(operands) => Code::Native(operands),
        Err(_) => Code::JavaScript(JavaScript::of(source)),
    }
}

fn operand(input: &mut &str) -> Result<Operand> {
    alt((literal.map(Operand::Literal), path.map(Operand::Path))).parse_next(input)
}

/// White space as JavaScript has it, but no comments.
fn space(input: &mut &str) -> Result<()> {
    take_while(0.., |c: char| c.is_whitespace() || c == '\u{feff}')
        .void()
        .parse_next(input)
}

fn path(input: &mut &str) -> Result<Path> {
    let start = alt((
        other_node,
        keyword("$node").value(Start::Node),
        keyword("$json").value(Start::Json),
        keyword("$input").value(Start::Input),
        keyword("$itemIndex").value(Start::ItemIndex),
        keyword("$vars").value(Start::Variables),
        keyword("$run").value(Start::Run),
        keyword("$workflow").value(Start::Workflow),
    ))
    .parse_next(input)?;
    let pick = opt(picked).parse_next(input)?;
    let steps: Vec<Step> = repeat(0.., step).parse_next(input)?;
    rooted(start, pick, steps, input)
}

/// What a path begins with, before it is known whether the rest fits.
#[derive(Clone)]
enum Start {
    Json,
    ItemIndex,
    Input,
    Variables,
    Run,
    Workflow,
    Node,
    OtherNode(String),
}

/// `$('Name')`
fn other_node(input: &mut &str) -> Result<Start> {
    let name = delimited(("$", space, "(", space), string, (space, ")"));
    name.map(Start::OtherNode).parse_next(input)
}

/// `.first()`, `.last()` or `.all()`, without arguments.
fn picked(input: &mut &str) -> Result<Pick> {
    let name = alt((
        keyword("first").value(Pick::First),
        keyword("last").value(Pick::Last),
        keyword("all").value(Pick::All),
    ));
    delimited((space, ".", space), name, (space, "(", space, ")")).parse_next(input)
}

fn step(input: &mut &str) -> Result<Step> {
    let dotted = preceded(".", preceded(space, identifier)).map(|key| Step { key, optional: false });
    let maybe = preceded(("?.", space), alt((identifier, bracketed))).map(|key| Step { key, optional: true });
    let bracketed = bracketed.map(|key| Step { key, optional: false });
    // A call has no meaning here: `.trim()` is JavaScript.
    let call = (space, opt("?."), alt(("(", "`")));
    preceded(space, terminated(alt((maybe, dotted, bracketed)), not(call))).parse_next(input)
}

fn bracketed(input: &mut &str) -> Result<String> {
    let key = alt((
        string,
        number.map(|number| ryu_js::Buffer::new().format(number).to_owned()),
    ));
    delimited(("[", space), key, (space, "]")).parse_next(input)
}

/// Makes the beginning of a path and what follows it fit each other.
fn rooted(start: Start, pick: Option<Pick>, mut steps: Vec<Step>, input: &mut &str) -> Result<Path> {
    let mut take = |allowed: &dyn Fn(&Step) -> bool| {
        let first = steps.first().is_some_and(|step| !step.optional && allowed(step));
        first.then(|| steps.remove(0).key)
    };
    let mut items = |origin, may_be_implied: bool| {
        let pick = match pick {
            Some(pick) => Some(pick),
            None if take(&|step| step.key == "item").is_some() => Some(Pick::Item),
            None => may_be_implied.then_some(Pick::Item),
        };
        pick.map(|pick| Root::Items { origin, pick })
    };
    let root = match start {
        Start::Input => items(Origin::Input, false),
        Start::OtherNode(name) => items(Origin::Node(name), false),
        // A pick can only follow the name: `$node["Name"].first()`.
        Start::Node if pick.is_none() => match take(&|_| true) {
            Some(name) => {
                let pick = opt(picked).parse_next(input)?;
                let more: Vec<Step> = repeat(0.., step).parse_next(input)?;
                return node_path(name, pick, steps, more);
            }
            None => None,
        },
        _ if pick.is_some() => None,
        Start::Json => Some(Root::Json),
        Start::ItemIndex => Some(Root::ItemIndex),
        Start::Variables => Some(Root::Variables),
        Start::Run => take(&|step| step.key == "id").map(|_| Root::RunId),
        Start::Workflow => match take(&|step| matches!(step.key.as_str(), "id" | "name")).as_deref() {
            Some("id") => Some(Root::WorkflowId),
            Some(_) => Some(Root::WorkflowName),
            None => None,
        },
        Start::Node => None,
    };
    root.map(|root| Path { root, steps })
        .ok_or_else(ContextError::new)
}

/// `$node["Name"]` means the item that the current one came from, and says so only implicitly.
fn node_path(name: String, pick: Option<Pick>, mut steps: Vec<Step>, more: Vec<Step>) -> Result<Path> {
    if pick.is_some() && !steps.is_empty() {
        return Err(ContextError::new());
    }
    let says_item = pick.is_none()
        && steps
            .first()
            .is_some_and(|step| step.key == "item" && !step.optional);
    if says_item {
        steps.remove(0);
    }
    steps.extend(more);
    // `$node["Name"]?.json` asks whether there is a node, not whether there is an item.
    let of_item =
        |step: &Step| matches!(step.key.as_str(), "json" | "binary") && (says_item || !step.optional);
    if pick.is_none() && !steps.first().is_some_and(of_item) {
        return Err(ContextError::new());
    }
    let root = Root::Items {
        origin: Origin::Node(name),
        pick: pick.unwrap_or(Pick::Item),
    };
    Ok(Path { root, steps })
}

fn keyword<'i>(word: &'static str) -> impl Parser<&'i str, &'i str, ContextError> {
    terminated(word, not(one_of(continues_identifier)))
}

/// An IdentifierName (ECMA-262, 12.7) without escapes.
fn identifier(input: &mut &str) -> Result<String> {
    (one_of(starts_identifier), take_while(0.., continues_identifier))
        .take()
        .map(str::to_owned)
        .parse_next(input)
}

pub(super) fn starts_identifier(c: char) -> bool {
    c == '$' || c == '_' || unicode_ident::is_xid_start(c)
}

pub(super) fn continues_identifier(c: char) -> bool {
    c == '$' || c == '\u{200c}' || c == '\u{200d}' || unicode_ident::is_xid_continue(c)
}

fn literal(input: &mut &str) -> Result<Literal> {
    alt((
        keyword("null").value(Literal::Null),
        keyword("true").value(Literal::Bool(true)),
        keyword("false").value(Literal::Bool(false)),
        number.map(Literal::Number),
        string.map(Literal::String),
    ))
    .parse_next(input)
}

/// A decimal number with an optional minus. Other notations are left to JavaScript.
fn number(input: &mut &str) -> Result<f64> {
    let whole = alt((
        terminated("0", not(one_of('0'..='9'))),
        (one_of('1'..='9'), digit0).take(),
    ));
    let fraction = opt((".", digit1));
    let exponent = opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1));
    let end = not(one_of(|c: char| c == '.' || continues_identifier(c)));
    terminated((opt("-"), whole, fraction, exponent).take(), end)
        .verify_map(|text: &str| text.parse().ok().filter(|number: &f64| number.is_finite()))
        .parse_next(input)
}

/// A string in single or double quotes. Those that no Rust string can hold are left to JavaScript.
pub(super) fn string(input: &mut &str) -> Result<String> {
    let quote = one_of(['"', '\'']).parse_next(input)?;
    let mut text = String::new();
    loop {
        match any.parse_next(input)? {
            c if c == quote => return Ok(text),
            '\n' | '\r' => return Err(ContextError::new()),
            '\\' => text.extend(escaped(input)?),
            c => text.push(c),
        }
    }
}

/// What follows a backslash; nothing for a line that goes on in the next.
fn escaped(input: &mut &str) -> Result<Option<char>> {
    let plain = match any.parse_next(input)? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0' => {
            not(one_of('0'..='9')).parse_next(input)?;
            '\0'
        }
        '1'..='9' => return Err(ContextError::new()),
        '\r' => {
            opt("\n").parse_next(input)?;
            return Ok(None);
        }
        '\n' | '\u{2028}' | '\u{2029}' => return Ok(None),
        'x' => return code(take_while(2..=2, is_hex).parse_next(input)?).map(Some),
        'u' => {
            let braced = delimited("{", take_while(1..=6, is_hex), "}");
            return code(alt((braced, take_while(4..=4, is_hex))).parse_next(input)?).map(Some);
        }
        c => c,
    };
    Ok(Some(plain))
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

fn code(digits: &str) -> Result<char> {
    u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(ContextError::new)
}
