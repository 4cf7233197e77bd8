use std::time::{Duration, Instant};

use monshyflow_expressions::ErrorKind;
use monshyflow_sandbox::EvaluatorLimits;
use tokio_util::sync::CancellationToken;

use crate::support::{World, evaluator, limits, runtime};

/// One run's expression fails; the same run and others go on as if nothing had been.
fn fails(text: &str, kind: ErrorKind) {
    let (mut world, instance) = (World::of(&[r#"{"a":1}"#]), evaluator().start());
    world.limits = EvaluatorLimits {
        cpu: Duration::from_millis(400),
        ..limits()
    };
    let started = Instant::now();
    let error = world.one(&instance, text).unwrap_err();
    assert_eq!(error.kind, kind, "{text}: {error}");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    for instance in [&instance, &evaluator().start()] {
        assert_eq!(world.one(instance, "{{ $json.a + 1 }}").unwrap(), "2");
    }
}

pub(crate) fn an_endless_loop_ends() {
    fails("{{ (() => { while (true) {} })() }}", ErrorKind::TimedOut);
    fails(
        "{{ /^(a+)+$/.test('a'.repeat(40) + 'b') + '' }}",
        ErrorKind::TimedOut,
    );
    fails(
        "{{ (() => { for (;;) try { for (;;); } catch {} finally { continue } })() }}",
        ErrorKind::TimedOut,
    );
}

pub(crate) fn memory_ends() {
    let (world, instance) = (World::of(&[r#"{"a":1}"#]), evaluator().start());
    for text in [
        "{{ (() => { const all = []; for (;;) all.push('x'.repeat(1e6) + all.length) })() }}",
        "{{ new Array(3e8).fill(0).length }}",
        "{{ 'x'.repeat(2 ** 29).length }}",
    ] {
        let error = world.one(&instance, text).unwrap_err();
        let contained = [ErrorKind::OutOfMemory, ErrorKind::Threw, ErrorKind::Trapped];
        assert!(contained.contains(&error.kind), "{text}: {error}");
        assert_eq!(world.one(&instance, "{{ $json.a + 1 }}").unwrap(), "2");
    }
}

pub(crate) fn recursion_ends() {
    let (world, instance) = (World::of(&[r#"{"a":1}"#]), evaluator().start());
    for text in [
        "{{ (function f() { return f() + 1 })() }}",
        "{{ ((f) => f(f))((f) => 1 + f(f)) }}",
        "{{ JSON.parse('['.repeat(1e6)) }}",
        "{{ (() => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o })() }}",
        "{{ (() => { const o = { get a() { return this.a } }; return o.a })() }}",
        "{{ ({ toJSON() { return this.toJSON() } }) }}",
    ] {
        let error = world.one(&instance, text).unwrap_err();
        let contained = [
            ErrorKind::StackOverflow,
            ErrorKind::Trapped,
            ErrorKind::Threw,
            ErrorKind::Unserializable,
            ErrorKind::TooLarge,
        ];
        assert!(
            contained.contains(&error.kind),
            "{text}: {:?} {error}",
            error.kind
        );
        assert_eq!(
            world.one(&instance, "{{ $json.a + 1 }}").unwrap(),
            "2",
            "after {text}"
        );
    }
}

pub(crate) fn results_have_a_limit() {
    let (mut world, instance) = (World::of(&[r#"{"a":1}"#]), evaluator().start());
    world.limits.response_bytes = 1 << 20;
    let error = world.one(&instance, "{{ 'x'.repeat(2 ** 21) }}").unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
    assert_eq!(
        world.one(&instance, "{{ 'x'.repeat(10) }}").unwrap(),
        "\"xxxxxxxxxx\""
    );
    let deep = "{{ JSON.parse('['.repeat(200) + ']'.repeat(200)) }}";
    let error = world.one(&instance, deep).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
}

/// Nothing of an attempt is seen by a later expression of the same run, nor of another.
pub(crate) fn nothing_is_left_behind() {
    let world = World::of(&[r#"{"a":1,"list":[3,1,2]}"#]);
    let instance = evaluator().start();
    for attempt in [
        "Object.prototype.mark = 1",
        "Array.prototype.mark = 1",
        "Object.defineProperty(Object.prototype, 'mark', { value: 1 })",
        "Reflect.setPrototypeOf(Array.prototype, { mark: 1 })",
        "globalThis.mark = 1",
        "({}).constructor.constructor('return this')().mark = 1",
        "(() => {}).constructor('mark = 1')()",
        "(async () => {}).constructor('mark = 1')()",
        "(function* () {}).constructor('mark = 1')()",
        "$json.list.constructor.mark = 1",
        "$now.constructor.mark = 1",
        "$json.__proto__.mark = 1",
        "Error.prepareStackTrace = (_, frames) => frames[0].getThis().mark = 1",
        "(() => { Error.prepareStackTrace = (_, f) => f; Error.stackTraceLimit = 1e9; throw new Error('x') })()",
        "JSON.parse.mark = 1",
        "Symbol.iterator.mark = 1",
        "$input.mark = 1",
        "$('Fetch').mark = 1",
        "$json.mark = 1",
        "$json.list.sort()[0]",
        "$vars.mark = 1",
        "(() => { const old = Array.prototype.map; Array.prototype.map = function () { return old } })()",
        "Promise.resolve().then(() => { globalThis.mark = 1 })",
        "(() => { $json.list[Symbol.iterator] = null; return 1 })()",
    ] {
        // Whether it fails or only has no effect is the evaluator's choice.
        let _ = world.one(&instance, &format!("{{{{ {attempt} }}}}"));
        let look = "{{ [({}).mark, [].mark, typeof mark, globalThis.mark, $now.mark, $json.mark, $vars.mark, $json.list.join(), \
                    [2].map(x => x), (() => {}).mark, [...$json.list].length, new Error('x').mark].map(x => x ?? 0) }}";
        for instance in [&instance, &evaluator().start()] {
            let seen = world.one(instance, look).unwrap();
            assert_eq!(
                seen, r#"[0,0,"undefined",0,0,0,0,"3,1,2",[2],0,3,0]"#,
                "after {attempt}"
            );
        }
    }
}

pub(crate) fn a_cancelled_evaluation_ends() {
    let cancel = CancellationToken::new();
    let (mut world, instance) = (World::of(&["{}"]), evaluator().start());
    world.limits.cancel = Some(cancel.clone());
    runtime().spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        cancel.cancel();
    });
    let error = world.one(&instance, "{{ (() => { for (;;); })() }}").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled, "{error}");
}

/// What JavaScript makes `JSON.stringify` write must not pass for the response.
pub(crate) fn forged_responses_are_refused() {
    let (world, instance) = (World::of(&[r#"{"a":1}"#]), evaluator().start());
    for (text, becomes) in [
        (
            "{{ ({ toJSON: () => ({ shared: [], items: [] }) }) }}",
            r#"{"shared":[],"items":[]}"#,
        ),
        (
            "{{ '\"}]],\"items\":[[{\"v\":2}]]}' }}",
            r#""\"}]],\"items\":[[{\"v\":2}]]}""#,
        ),
        (
            "{{ JSON.parse('{\"e\":{\"kind\":\"thrown\"}}') }}",
            r#"{"e":{"kind":"thrown"}}"#,
        ),
        ("{{ '\\u2028' + '' }}", "\"\u{2028}\""),
    ] {
        assert_eq!(world.one(&instance, text).unwrap(), becomes, "{text}");
    }
}
