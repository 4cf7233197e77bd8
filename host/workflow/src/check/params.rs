use monshyflow_manifest::Budget;
use monshyflow_strict_json::Pointer;

use super::report::{Report, severity_for};
use crate::parameter_schema::Unknown;
use crate::template::TemplateNode;
use crate::{DocumentNode, NodeType, ProblemCode, Template, TextPart};

/// Parses the expressions and checks what is known of the parameters against the type's schema. What a disabled node
/// has in its parameters stops nothing, so there it is a warning.
pub(super) fn check(
    index: usize,
    node: &DocumentNode,
    node_type: &NodeType,
    budget: &mut Budget,
    report: &mut Report,
) -> Template {
    let mut base = Pointer::default();
    base.push("nodes");
    base.push_index(index);
    base.push("params");
    let severity = severity_for(node);
    let mut add = |code, pointer: &str, message| {
        report.add(
            severity,
            code,
            format!("{base}{pointer}"),
            Some(&node.name),
            message,
        );
    };
    let (template, problems) =
        Template::parse_with_schema(node.params.as_deref(), &node_type.manifest.parameters);
    for problem in &problems {
        add(
            ProblemCode::ExpressionSyntax,
            &problem.pointer,
            problem.message.clone(),
        );
    }
    let mut unknown = Unknown::default();
    unknown
        .any
        .extend(problems.iter().map(|problem| problem.pointer.as_str()));
    note_unknown(template.root(), &mut unknown);
    let preview = template.root().preview();
    for error in node_type
        .schema
        .errors(&node_type.manifest, &preview, &unknown, budget)
    {
        let code = if error.missing {
            ProblemCode::ParameterMissing
        } else {
            ProblemCode::ParameterInvalid
        };
        add(code, &error.pointer, error.message);
    }
    template
}

fn note_unknown<'t>(node: &'t TemplateNode, unknown: &mut Unknown<'t>) {
    match node {
        TemplateNode::Constant(_) => {}
        TemplateNode::Expression(expression) => {
            unknown.any.insert(&expression.pointer);
        }
        TemplateNode::Text(parts) => unknown.text.extend(parts.iter().filter_map(|part| match part {
            TextPart::Expression(expression) => Some(&*expression.pointer),
            TextPart::Text(_) => None,
        })),
        TemplateNode::Array(items) => items.iter().for_each(|item| note_unknown(item, unknown)),
        TemplateNode::Object(members) => members
            .iter()
            .for_each(|(_, member)| note_unknown(member, unknown)),
    }
}
