use std::borrow::Cow;
use std::cell::RefCell;

use monshyflow_items::Item;
use monshyflow_workflow::{
    Code, Expression, Literal, Operand, Origin, Path, Pick, Root, Step, closest, quoted_list,
};

use crate::answers::{Answers, Cell};
use crate::fields::{Fields, Unreadable};
use crate::inherited;
use crate::value::{Absent, Fault, Value};
use crate::{Emitted, ErrorKind, ExpressionError, Output, Scope};

/// The item that expressions are evaluated for.
pub(crate) struct Current<'a> {
    /// Place in the whole input.
    pub(crate) index: usize,
    pub(crate) item: &'a Item,
    /// Members of objects that were looked into, by the address of their text: many expressions look at the same few.
    objects: RefCell<Vec<(*const u8, Fields<'a>)>>,
}

impl<'a> Current<'a> {
    /// Objects beyond this many are read anew each time.
    const MOST_OBJECTS: usize = 16;

    pub(crate) fn new(index: usize, item: &'a Item) -> Self {
        Self {
            index,
            item,
            objects: RefCell::default(),
        }
    }

    fn member(&self, object: &'a str, key: &str) -> Result<Option<&'a str>, Unreadable> {
        let mut objects = self.objects.borrow_mut();
        if let Some((_, fields)) = objects.iter().find(|(address, _)| *address == object.as_ptr()) {
            return Ok(fields.get(key));
        }
        let fields = Fields::of(object)?;
        let found = fields.get(key);
        if objects.len() < Self::MOST_OBJECTS {
            objects.push((object.as_ptr(), fields));
        }
        Ok(found)
    }
}

/// What went wrong, before it is known for whom.
#[derive(Default)]
pub(crate) struct Problem {
    pub(crate) kind: Option<ErrorKind>,
    pub(crate) message: String,
    pub(crate) available: Vec<String>,
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) is_unsure: bool,
}

/// The value of an expression: the evaluator's, if it was asked. It is undefined only where the author allows that nothing is
/// there.
pub(crate) fn evaluate<'v, 'a: 'v>(
    expression: &Expression,
    scope: &Scope<'a>,
    current: Option<&Current<'a>>,
    answers: &Answers<'v>,
) -> Result<Value<'v>, ExpressionError> {
    let offset = current.map(|current| current.index - scope.first_index);
    let outcome: Result<Value<'v>, Problem> = match (answers.cell(expression, offset), &expression.code) {
        (Some(Cell::Value(json)), _) => Ok(Value::Json(json)),
        (Some(Cell::Undefined), _) => Ok(Value::Undefined(Absent::Other("nothing is there".into()))),
        (Some(Cell::Error(error)), _) => Err(error.problem()),
        (None, Code::Native(operands)) => alternatives(operands, scope, current),
        (None, Code::JavaScript(_)) => Err(Problem {
            kind: Some(ErrorKind::Unsupported),
            message: "this is JavaScript, and the server has no evaluator: `lib/expressions.wasm` is missing in its folder of nodes".into(),
            ..Problem::default()
        }),
    };
    outcome.map_err(|problem| ExpressionError {
        kind: problem.kind.unwrap_or(ErrorKind::Unresolved),
        node: scope.node.into(),
        expression: expression.source.clone(),
        pointer: expression.pointer.clone(),
        item: current
            .filter(|_| expression.depends_on_item())
            .map(|current| current.index),
        message: problem.message.into(),
        available: problem.available.into(),
        place: problem.place,
        missing: None,
        is_unsure: problem.is_unsure,
    })
}

/// The first that is something, or else the last, as `??` has it.
fn alternatives<'a>(
    operands: &[Operand],
    scope: &Scope<'a>,
    current: Option<&Current<'a>>,
) -> Result<Value<'a>, Problem> {
    let (last, before) = match operands.split_last() {
        Some(split) => split,
        None => return Ok(Value::Null),
    };
    for operand in before {
        let value = value_of(operand, scope, current)?;
        if value.is_something() {
            return Ok(value);
        }
    }
    let value = value_of(last, scope, current)?;
    match (&value, last) {
        (Value::Undefined(absent), Operand::Path(path)) if !path.allows_absence() => {
            Err(unresolved(absent, path))
        }
        _ => Ok(value),
    }
}

fn value_of<'a>(
    operand: &Operand,
    scope: &Scope<'a>,
    current: Option<&Current<'a>>,
) -> Result<Value<'a>, Problem> {
    match operand {
        Operand::Literal(Literal::Null) => Ok(Value::Null),
        Operand::Literal(Literal::Bool(value)) => Ok(Value::Bool(*value)),
        Operand::Literal(Literal::Number(number)) => Ok(Value::Number(*number)),
        Operand::Literal(Literal::String(text)) => Ok(Value::Text(Cow::Owned(text.clone()))),
        Operand::Path(path) => walk(path, scope, current),
    }
}

/// Goes down the path as JavaScript does: `?.` on null or undefined ends it, anything else there is an error.
fn walk<'a>(path: &Path, scope: &Scope<'a>, current: Option<&Current<'a>>) -> Result<Value<'a>, Problem> {
    let mut value = root(path, scope, current)?;
    for (index, step) in path.steps.iter().enumerate() {
        if !value.is_something() {
            if step.optional {
                return Ok(Value::Undefined(Absent::Other("nothing is there".into())));
            }
            return Err(nothing_to_look_into(&value, path, index));
        }
        value = match (current, &value) {
            (Some(current), Value::Json(object)) if object.starts_with('{') => {
                match current.member(object, &step.key).map_err(Fault::from)? {
                    Some(member) => Value::Json(member),
                    None if inherited::by_objects(&step.key) => return Err(Fault::Inherited.into()),
                    None => absent_member(&value, step),
                }
            }
            _ => value.member(step)?,
        };
    }
    Ok(value)
}

fn absent_member<'a>(value: &Value<'a>, step: &Step) -> Value<'a> {
    Value::Undefined(Absent::Member {
        of: Box::new(value.clone()),
        key: step.key.clone(),
    })
}

fn root<'a>(path: &Path, scope: &Scope<'a>, current: Option<&Current<'a>>) -> Result<Value<'a>, Problem> {
    let no_item = || Value::Undefined(Absent::Other("there is no current item".into()));
    Ok(match &path.root {
        Root::Json => current.map_or_else(no_item, |current| Value::Json(current.item.json.as_str())),
        Root::ItemIndex => current.map_or_else(no_item, |current| Value::Number(current.index as f64)),
        Root::Variables => Value::Json(scope.variables),
        Root::RunId => Value::Text(Cow::Borrowed(scope.run_id)),
        Root::WorkflowId => Value::Text(Cow::Borrowed(scope.workflow_id)),
        Root::WorkflowName => Value::Text(Cow::Borrowed(scope.workflow_name)),
        Root::Items {
            origin: Origin::Input,
            pick: Pick::Item,
        } => current.map_or_else(no_item, |current| Value::Item(current.item)),
        Root::Items {
            origin: Origin::Input,
            pick,
        } => of_output(scope.input, *pick, "the input has no items")?,
        Root::Items {
            origin: Origin::Node(name),
            pick: Pick::Item,
        } => {
            let item = current.and_then(|current| (scope.ancestor)(name, current.index));
            item.map_or_else(|| no_ancestor(name, scope), Value::Item)
        }
        Root::Items {
            origin: Origin::Node(name),
            pick,
        } => match (scope.output)(name) {
            Some(emitted) => {
                let output = emitted.connected().ok_or_else(not_loaded)?;
                of_output(output, *pick, &nothing_emitted(name, &emitted))?
            }
            None => Value::Undefined(Absent::Other(format!("`{name}` has not run"))),
        },
    })
}

impl<'a> Emitted<'a> {
    /// The port that counts. A node without outputs emitted nothing.
    fn connected(&self) -> Option<Output<'a>> {
        self.ports
            .get(self.branch)
            .map_or_else(|| Some(Output::of(&[])), |port| *port)
    }
}

fn nothing_emitted(name: &str, emitted: &Emitted<'_>) -> String {
    match emitted.names.get(emitted.branch) {
        Some(port) if emitted.names.len() > 1 => {
            format!("`{name}` emitted no items by its output `{port}`")
        }
        _ => format!("`{name}` emitted no items"),
    }
}

fn of_output<'a>(output: Output<'a>, pick: Pick, nothing: &str) -> Result<Value<'a>, Problem> {
    let one = |item: Option<&'a Item>| {
        item.map_or_else(
            || Value::Undefined(Absent::Other(nothing.to_owned())),
            Value::Item,
        )
    };
    match pick {
        Pick::First => Ok(one(output.first)),
        Pick::Last => Ok(one(output.last)),
        Pick::All | Pick::Item => output.all.map(Value::Items).ok_or_else(not_loaded),
    }
}

fn not_loaded() -> Problem {
    Problem {
        kind: Some(ErrorKind::NotLoaded),
        message: "the items were not loaded".into(),
        ..Problem::default()
    }
}

fn no_ancestor<'a>(name: &str, scope: &Scope<'_>) -> Value<'a> {
    let why = if (scope.output)(name).is_some() {
        format!("this item does not come from an item of `{name}`; `first()`, `last()` and `all()` take any")
    } else {
        format!("`{name}` has not run")
    };
    Value::Undefined(Absent::Other(why))
}

/// For `a.b` where `a` is null or undefined.
fn nothing_to_look_into(value: &Value<'_>, path: &Path, step: usize) -> Problem {
    let before = Path {
        root: path.root.clone(),
        steps: path.steps[..step].to_vec(),
    };
    let allow = |message: String| {
        let stop = if message.ends_with('?') { "" } else { "." };
        format!("{message}{stop} If that may be, write `?.` behind `{before}`")
    };
    match value {
        Value::Undefined(absent) => {
            let problem = unresolved(absent, &before);
            Problem {
                message: allow(problem.message),
                ..problem
            }
        }
        _ => Problem {
            message: allow(format!(
                "`{before}` is null, so it has no `{}`",
                path.steps[step].key
            )),
            ..Problem::default()
        },
    }
}

fn unresolved(absent: &Absent<'_>, path: &Path) -> Problem {
    let (message, available) = match absent {
        Absent::Other(why) => (why.clone(), Vec::new()),
        Absent::Member { of, key } => missing_member(of, key, path),
    };
    Problem {
        message,
        available,
        ..Problem::default()
    }
}

fn missing_member(of: &Value<'_>, key: &str, path: &Path) -> (String, Vec<String>) {
    let steps = path.steps.len().saturating_sub(1);
    let before = Path {
        root: path.root.clone(),
        steps: path.steps[..steps].to_vec(),
    };
    let length = match of {
        Value::Items(items) => Some(items.len()),
        Value::Json(text) if text.starts_with('[') => crate::fields::count(text).ok(),
        _ => None,
    };
    if let Some(length) = length {
        return (
            format!("`{before}` has no element `{key}`; it is a list of {length}"),
            Vec::new(),
        );
    }
    let available = of.names();
    let message = match (of, available.is_empty()) {
        (Value::Json(text), true) if text.starts_with('{') => {
            format!("no field `{key}`; `{before}` is an empty object")
        }
        (Value::Binary(_), true) => format!("no attachment `{key}`; the item has none"),
        (_, true) => format!("no `{key}`; `{before}` is {}", kind_of(of)),
        (_, false) => {
            let meant = closest(key, available.iter().map(String::as_str));
            let meant = meant
                .map(|name| format!(": did you mean `{name}`?"))
                .unwrap_or_default();
            format!("no field `{key}`; there are {}{meant}", quoted_list(&available))
        }
    };
    (message, available)
}

fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Json(text) => match text.as_bytes().first() {
            Some(b'"') => "a text",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        },
        Value::Text(_) => "a text",
        Value::Number(_) => "a number",
        _ => "no object",
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let (kind, message) = match fault {
            Fault::Unreadable => (
                ErrorKind::Unreadable,
                "the data holds half of a surrogate pair, which is no character",
            ),
            Fault::HalfCharacter => (
                ErrorKind::Unreadable,
                "that is half of a character beyond U+FFFF; take the whole text",
            ),
            Fault::Inherited => (
                ErrorKind::Unresolved,
                "the path ends with the name of a method: write `()` behind it to call it",
            ),
        };
        Self {
            kind: Some(kind),
            message: message.into(),
            is_unsure: true,
            ..Self::default()
        }
    }
}
