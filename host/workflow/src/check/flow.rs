use serde_json::value::RawValue;

use super::report::Report;
use super::settings::Ranges;
use crate::document_flow::{DocumentFlow, DocumentSingletonMode};
use crate::{
    ConcurrencyLimit, Debounce, Flow, ProblemCode, RateLimit, Severity, Singleton, SingletonMode, Template,
};

const MAX_CONCURRENCY: u64 = 10_000;
const MAX_RATE: u64 = 100_000;
/// A day.
const MAX_PERIOD_MS: u64 = 86_400_000;

pub(super) fn check(flow: Option<&DocumentFlow>, report: &mut Report) -> Flow {
    let Some(flow) = flow else {
        return Flow::default();
    };
    let part = |name: &str| Part {
        base: format!("/settings/flow/{name}"),
    };
    let (concurrency, rate) = (part("concurrency"), part("rate"));
    let (debounce, singleton) = (part("debounce"), part("singleton"));
    Flow {
        concurrency: flow.concurrency.as_ref().map(|wanted| ConcurrencyLimit {
            limit: concurrency.within("limit", wanted.limit, MAX_CONCURRENCY, report) as u32,
            key: concurrency.key(wanted.key.as_deref(), report),
        }),
        rate: flow.rate.as_ref().map(|wanted| RateLimit {
            limit: rate.within("limit", wanted.limit, MAX_RATE, report) as u32,
            period_ms: rate.within("periodMs", wanted.period_ms, MAX_PERIOD_MS, report),
            key: rate.key(wanted.key.as_deref(), report),
        }),
        debounce: flow.debounce.as_ref().map(|wanted| Debounce {
            period_ms: debounce.within("periodMs", wanted.period_ms, MAX_PERIOD_MS, report),
            key: debounce.key(wanted.key.as_deref(), report),
        }),
        singleton: flow.singleton.as_ref().map(|wanted| Singleton {
            mode: match wanted.mode {
                DocumentSingletonMode::Skip => SingletonMode::Skip,
                DocumentSingletonMode::Cancel => SingletonMode::Cancel,
            },
            key: singleton.key(wanted.key.as_deref(), report),
        }),
    }
}

/// One of the four ways, by its place in the document.
struct Part {
    base: String,
}

impl Part {
    fn within(&self, field: &str, value: u64, most: u64, report: &mut Report) -> u64 {
        let mut ranges = Ranges {
            base: self.base.clone(),
            node: None,
            report,
        };
        ranges.within(field, value, 1..=most)
    }

    fn key(&self, key: Option<&str>, report: &mut Report) -> Template {
        let text = key.and_then(|key| serde_json::value::to_raw_value(key).ok());
        let text: Box<RawValue> = text.unwrap_or_else(|| RawValue::NULL.to_owned());
        let (template, problems) = Template::parse(Some(&text));
        let pointer = format!("{}/key", self.base);
        for problem in problems {
            let code = ProblemCode::ExpressionSyntax;
            report.add(Severity::Error, code, pointer.clone(), None, problem.message);
        }
        for expression in template.expressions() {
            let names: Vec<String> = expression.named_nodes().into_iter().collect();
            let message = match names.first() {
                Some(name) => format!(
                    "`{}` looks at node `{name}`, but no node has run when the key is made: use `$json`, the run's first item",
                    expression.source
                ),
                None => continue,
            };
            report.error(ProblemCode::SettingsInvalid, pointer.clone(), message);
        }
        if template.may_look_at_any_node() {
            let message = "key: an expression looks at nodes, but no node has run when the key is made: use `$json`, the run's first item";
            report.error(ProblemCode::SettingsInvalid, pointer, message.to_owned());
        }
        template
    }
}
