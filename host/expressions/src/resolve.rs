use std::collections::HashMap;

use bytes::Bytes;
use monshyflow_items::Json;
use monshyflow_workflow::{Expression, Template, TemplateNode, TextPart};

use crate::answers::Answers;
use crate::evaluate::{Current, evaluate};
use crate::value::{Value, write_string};
use crate::{ErrorKind, ExpressionError, Scope};

/// Parameters as a node gets them.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// No expression depends on the item: one value for all.
    Shared(Json),
    /// One for each of `Scope::items`, in order.
    PerItem(Vec<Json>),
}

/// Puts values in the place of expressions. A text that is exactly one expression becomes the value that it finds, as it stands
/// in the data; in any other text the value is converted as JavaScript's `String` does, but objects and arrays become JSON
/// text. Where the author allows absence and nothing is there, a member of an object is left out, an element of an array is
/// null, and a text gets nothing.
///
/// # Errors
///
/// The first expression that leads nowhere, or a result beyond the limit.
pub fn resolve(template: &Template, scope: &Scope<'_>) -> Result<Resolved, ExpressionError> {
    resolve_knowing(template, scope, &Answers::default())
}

/// The same, with what the evaluator said of some expressions.
pub(crate) fn resolve_knowing<'v, 'a: 'v>(
    template: &Template,
    scope: &Scope<'a>,
    answers: &Answers<'v>,
) -> Result<Resolved, ExpressionError> {
    if let Some(text) = template.constant() {
        return Ok(Resolved::Shared(Json::from_checked(Bytes::copy_from_slice(
            text.as_bytes(),
        ))));
    }
    let mut writer = Writer {
        scope,
        answers,
        shared: HashMap::new(),
        out: String::new(),
        nested: false,
        written: 0,
    };
    if !template.depends_on_item() {
        return Ok(Resolved::Shared(writer.whole(template, None)?));
    }
    let each = scope.items.iter().enumerate().map(|(offset, item)| {
        let current = Current::new(scope.first_index + offset, item);
        writer.whole(template, Some(&current))
    });
    Ok(Resolved::PerItem(each.collect::<Result<_, _>>()?))
}

struct Writer<'s, 'v, 'a> {
    scope: &'s Scope<'a>,
    answers: &'s Answers<'v>,
    /// Values of expressions that are the same for all items: looked up once.
    shared: HashMap<*const Expression, Value<'v>>,
    out: String,
    /// Data with arrays or objects was put in, so that the result may be nested deeper than JSON here may be.
    nested: bool,
    /// Bytes of finished results.
    written: usize,
}

impl<'v, 'a: 'v> Writer<'_, 'v, 'a> {
    fn whole(&mut self, template: &Template, current: Option<&Current<'a>>) -> Result<Json, ExpressionError> {
        self.nested = false;
        if !self.node(template.root(), current)? {
            self.out.push_str("null");
        }
        let capacity = self.out.len();
        let text = Bytes::from(std::mem::replace(
            &mut self.out,
            String::with_capacity(capacity + 64),
        ));
        self.written += text.len();
        if self.nested {
            return Json::parse(text).map_err(|error| self.too_large(format!("the result: {error}")));
        }
        Ok(Json::from_checked(text))
    }

    /// Writes a value; false if there is none to write.
    fn node(&mut self, node: &TemplateNode, current: Option<&Current<'a>>) -> Result<bool, ExpressionError> {
        match node {
            TemplateNode::Constant(text) => self.out.push_str(text),
            TemplateNode::Expression(expression) => {
                let value = self.value(expression, current)?;
                if matches!(value, Value::Undefined(_)) {
                    return Ok(false);
                }
                self.nested |= value.is_nested();
                value.write_json(&mut self.out);
            }
            TemplateNode::Text(parts) => self.text(parts, current)?,
            TemplateNode::Array(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    if !self.node(item, current)? {
                        self.out.push_str("null");
                    }
                }
                self.out.push(']');
            }
            TemplateNode::Object(members) => self.object(members, current)?,
        }
        self.check_size()?;
        Ok(true)
    }

    fn object(
        &mut self,
        members: &[(Box<str>, TemplateNode)],
        current: Option<&Current<'a>>,
    ) -> Result<(), ExpressionError> {
        self.out.push('{');
        let start = self.out.len();
        for (key, member) in members {
            let before = self.out.len();
            if before > start {
                self.out.push(',');
            }
            write_string(&mut self.out, key);
            self.out.push(':');
            if !self.node(member, current)? {
                self.out.truncate(before);
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn text(&mut self, parts: &[TextPart], current: Option<&Current<'a>>) -> Result<(), ExpressionError> {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Text(constant) => text.push_str(constant),
                TextPart::Expression(expression) => {
                    let value = self.value(expression, current)?;
                    if value.write_text(&mut text).is_err() {
                        return Err(self.unreadable(expression, current));
                    }
                }
            }
            if self.written + self.out.len() + text.len() > self.scope.limit {
                return Err(self.over_limit());
            }
        }
        write_string(&mut self.out, &text);
        Ok(())
    }

    fn value(
        &mut self,
        expression: &Expression,
        current: Option<&Current<'a>>,
    ) -> Result<Value<'v>, ExpressionError> {
        if expression.depends_on_item() {
            return evaluate(expression, self.scope, current, self.answers);
        }
        let key = std::ptr::from_ref(expression);
        if let Some(value) = self.shared.get(&key) {
            return Ok(value.clone());
        }
        let value = evaluate(expression, self.scope, current, self.answers)?;
        self.shared.insert(key, value.clone());
        Ok(value)
    }

    fn check_size(&self) -> Result<(), ExpressionError> {
        if self.written + self.out.len() > self.scope.limit {
            Err(self.over_limit())
        } else {
            Ok(())
        }
    }

    fn over_limit(&self) -> ExpressionError {
        let limit = self.scope.limit;
        self.too_large(format!(
            "more than {limit} bytes in all; let the node work on fewer items, or put in less data"
        ))
    }

    fn too_large(&self, message: String) -> ExpressionError {
        ExpressionError {
            kind: ErrorKind::TooLarge,
            node: self.scope.node.into(),
            expression: Box::default(),
            pointer: Box::default(),
            item: None,
            message: message.into(),
            available: Box::default(),
            place: None,
            missing: None,
            is_unsure: false,
        }
    }

    fn unreadable(&self, expression: &Expression, current: Option<&Current<'a>>) -> ExpressionError {
        ExpressionError {
            kind: ErrorKind::Unreadable,
            expression: expression.source.clone(),
            pointer: expression.pointer.clone(),
            item: current.map(|current| current.index),
            ..self.too_large("the text holds half of a surrogate pair, which is no character".into())
        }
    }
}
