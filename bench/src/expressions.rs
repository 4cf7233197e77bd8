use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use monshyflow_expressions::{
    Asked, JavaScript, MAX_PARAMETER_BYTES, Output, Resolved, Scope, Surroundings, resolve_with,
};
use monshyflow_items::{Item, Json};
use monshyflow_sandbox::{CompileChild, Config, Evaluator, EvaluatorInstance, EvaluatorLimits, Sandbox};
use monshyflow_workflow::{Document, Template};
use serde_json::{Value, json};

use crate::Args;
use crate::report::Report;

const ITEMS: usize = 100;
const EXPRESSIONS: usize = 20;
const ROUNDS: u32 = 50;

/// 20 expressions for each of 100 items of some 400 bytes: as paths, and as JavaScript in one call of the evaluator.
pub(crate) async fn measure(args: &Args, report: &mut Report) -> Result<()> {
    println!("expressions: {EXPRESSIONS} of them for each of {ITEMS} items");
    let evaluator = evaluator(args).await?;
    let items = (0..ITEMS).map(item).collect::<Result<Vec<_>>>()?;
    let (paths, scripts) = (
        template(EXPRESSIONS, |index| match index % 4 {
            0 => "{{ $json.id }}".to_owned(),
            1 => format!("{{{{ $json.lines[{}].sku }}}}", index % 3),
            2 => "Order {{ $json.id }} of {{ $json.customer.name }}".to_owned(),
            _ => "{{ $json.note ?? 'none' }}".to_owned(),
        })?,
        template(EXPRESSIONS, |index| match index % 4 {
            0 => format!("{{{{ $json.id + {index} }}}}"),
            1 => "{{ $json.lines.map(line => line.sku).join(', ') }}".to_owned(),
            2 => format!("{{{{ $json.customer.name.toUpperCase().slice(0, {index}) }}}}"),
            _ => "{{ $json.total > 100 ? 'large' : 'small' }}".to_owned(),
        })?,
    );
    let instance = evaluator.start();
    let by_path = rounds(&paths, &items, &instance).await?;
    let by_script = rounds(&scripts, &items, &instance).await?;
    let first = fresh(&scripts, &items, &evaluator, ROUNDS).await?;
    let (single, one) = (template(1, |_| "{{ $json.id + 1 }}".to_owned())?, &items[..1]);
    let by_fresh = fresh(&single, one, &evaluator, 100 * ROUNDS).await?;
    let by_warm = rounds(&single, one, &instance).await?;
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "  all of them as the first call of a run: {:.2} ms",
        millis(first)
    );
    println!(
        "  one of them for one item in a warm instance: {:.3} ms",
        millis(by_warm)
    );
    report.at_most(
        "expressions, one in a fresh instance",
        millis(by_fresh) * 1e3,
        "us",
        300.0,
    );
    report.at_most("expressions, 100 items x 20 paths", millis(by_path), "ms", 2.0);
    report.at_most(
        "expressions, 100 items x 20 in JavaScript",
        millis(by_script),
        "ms",
        15.0,
    );
    Ok(())
}

async fn evaluator(args: &Args) -> Result<Evaluator> {
    let mut compile = CompileChild::this_program(&["compile-component"])?;
    compile.program = args.monshyflow.clone();
    let sandbox = Sandbox::new(Config {
        cache: args.cache.clone().context("no cache")?,
        key: [7; 32],
        compile,
        calls: 16,
    })?;
    let wasm = std::fs::read(args.nodes.join("lib").join("expressions.wasm"))?;
    Ok(sandbox.load_evaluator(Bytes::from(wasm)).await?)
}

fn item(index: usize) -> Result<Item> {
    let lines: Vec<Value> = (0..3)
        .map(|line| json!({ "sku": format!("SKU-{index}-{line}"), "count": line + 1 }))
        .collect();
    let order = json!({
        "id": index, "total": index * 7, "customer": { "name": format!("Customer {index}"), "city": "Hannover" },
        "lines": lines, "text": "x".repeat(200),
    });
    Ok(Item::new(Json::parse(Bytes::from(order.to_string()))?))
}

fn template(count: usize, expression: impl Fn(usize) -> String) -> Result<Template> {
    let params: Value = (0..count)
        .map(|index| (format!("p{index}"), json!(expression(index))))
        .collect();
    let document =
        json!({ "name": "a", "nodes": [{ "id": "a", "name": "a", "type": "a@1", "params": params }] });
    let document = Document::parse(document.to_string().as_bytes())
        .ok()
        .context("the document is wrong")?;
    let (template, problems) = Template::parse(document.nodes[0].params.as_deref());
    ensure!(problems.is_empty(), "{problems:?}");
    Ok(template)
}

async fn rounds(template: &Template, items: &[Item], instance: &EvaluatorInstance) -> Result<Duration> {
    once(template, items, instance).await?;
    let started = Instant::now();
    for _ in 0..ROUNDS {
        once(template, items, instance).await?;
    }
    Ok(started.elapsed() / ROUNDS)
}

/// In an instance of its own each time, from its making to its end.
async fn fresh(template: &Template, items: &[Item], evaluator: &Evaluator, rounds: u32) -> Result<Duration> {
    once(template, items, &evaluator.start()).await?;
    let started = Instant::now();
    for _ in 0..rounds {
        once(template, items, &evaluator.start()).await?;
    }
    Ok(started.elapsed() / rounds)
}

async fn once(template: &Template, items: &[Item], instance: &EvaluatorInstance) -> Result<()> {
    let scope = Scope {
        node: "Send",
        items,
        first_index: 0,
        input: Output::default(),
        input_count: items.len(),
        output: &|_| None,
        ancestor: &|_, _| None,
        asked: &Asked::default(),
        run_id: "run",
        workflow_id: "workflow",
        workflow_name: "Orders",
        variables: "{}",
        limit: MAX_PARAMETER_BYTES,
    };
    let around = Surroundings {
        node_names: &["Start", "Send"],
        started_at_ms: 0,
        now_ms: 0,
        attempt: 1,
        active: true,
        mode: "trigger",
        resume_url: "http://localhost/api/resume/t",
        previous: None,
        time_zone: "Europe/Berlin",
        iteration: &[],
        seed: "seed",
    };
    let javascript = JavaScript {
        evaluator: instance,
        limits: &EvaluatorLimits::default(),
        around: &around,
    };
    let evaluation = resolve_with(template, &scope, javascript).await?;
    ensure!(
        matches!(&evaluation.resolved, Resolved::PerItem(each) if each.len() == items.len()),
        "an item has no parameters"
    );
    Ok(())
}
