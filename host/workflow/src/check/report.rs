use crate::{DocumentNode, Problem, ProblemCode, Severity};

/// Problems beyond this many are counted, not kept.
const MAX_PROBLEMS: usize = 1_000;

/// Longest message, in bytes: names and values in it come from the document.
const MAX_MESSAGE: usize = 2_000;

/// The problems found so far.
#[derive(Default)]
pub(super) struct Report {
    problems: Vec<Problem>,
    dropped: usize,
}

impl Report {
    /// A problem of the workflow as a whole.
    pub(super) fn error(&mut self, code: ProblemCode, pointer: String, message: String) {
        self.add(Severity::Error, code, pointer, None, message);
    }

    /// A problem of the node called `node`.
    pub(super) fn node_error(&mut self, code: ProblemCode, pointer: String, node: &str, message: String) {
        self.add(Severity::Error, code, pointer, Some(node), message);
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: ProblemCode,
        pointer: String,
        node: Option<&str>,
        message: String,
    ) {
        if self.problems.len() == MAX_PROBLEMS {
            self.dropped += 1;
            return;
        }
        let message = cut(message);
        let node = node.map(|name| cut(name.to_owned()));
        self.problems.push(Problem {
            severity,
            code,
            message,
            pointer,
            node,
        });
    }

    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        if self.dropped > 0 {
            let message = format!("and {} more problems: mend these first", self.dropped);
            let (severity, code) = (Severity::Error, ProblemCode::LimitExceeded);
            self.problems.push(Problem {
                severity,
                code,
                message,
                pointer: String::new(),
                node: None,
            });
        }
        self.problems
    }
}

/// What a disabled node lacks stops nothing until somebody enables it.
pub(super) fn severity_for(node: &DocumentNode) -> Severity {
    if node.disabled {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_MESSAGE {
        text.truncate(text.floor_char_boundary(MAX_MESSAGE));
        text.push('…');
    }
    text
}
