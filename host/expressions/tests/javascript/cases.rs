use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::{NOW_MS, evaluator, limits, runtime};

/// `host/expressions/javascript/cases/*.json`, as `cases.mjs` runs them.
pub(crate) fn the_evaluators_own_cases_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript/cases");
    let mut faults = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let sets: Vec<Set> = serde_json::from_str(&text).unwrap();
        for set in &sets {
            let response = ask(set);
            for (index, case) in set.cases.iter().enumerate() {
                count += 1;
                let cell = if case["shared"] == true {
                    &response["shared"][index]
                } else {
                    &response["items"][case["item"].as_u64().unwrap_or(0) as usize][index]
                };
                faults.extend(fault(case, cell));
            }
        }
    }
    assert!(count > 300, "{count} cases");
    assert!(
        faults.is_empty(),
        "{} of {count}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The order of members counts, so data stays text.
#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    json: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request: BTreeMap<&'a str, &'a RawValue>,
    cases: Vec<Value>,
}

fn ask(set: &Set<'_>) -> Value {
    let mut context = json!({
        "run": { "id": "run-1", "startedAtMs": NOW_MS, "attempt": 1 },
        "workflow": { "id": "workflow-1", "name": "Orders", "active": true },
        "execution": { "id": "run-1", "mode": "manual" },
        "vars": {}, "node": "This node", "nowMs": NOW_MS, "timeZone": "Europe/Berlin",
        "iteration": [], "runIndex": 0, "seed": "seed",
    });
    if let Some(given) = set.request.get("context") {
        let given: BTreeMap<String, Value> = serde_json::from_str(given.get()).unwrap();
        given.into_iter().for_each(|(key, value)| context[key] = value);
    }
    let expressions: Vec<&Value> = set.cases.iter().map(|case| &case["expression"]).collect();
    let per_item: Vec<bool> = set.cases.iter().map(|case| case["shared"] != true).collect();
    let mut members = vec![
        format!("\"context\":{context}"),
        format!("\"expressions\":{}", json!(expressions)),
        format!("\"perItem\":{}", json!(per_item)),
    ];
    for (key, otherwise) in [
        ("firstIndex", "0"),
        ("inputCount", "null"),
        ("input", "null"),
        ("itemsAt", "{}"),
        ("nodes", "{}"),
        ("nodeNames", "[]"),
    ] {
        members.push(format!(
            "\"{key}\":{}",
            set.request.get(key).map_or(otherwise, |raw| raw.get())
        ));
    }
    members.push(match (set.json, set.request.get("items")) {
        (None, Some(items)) => format!("\"items\":{items}"),
        (json, _) => format!(
            "\"items\":[{{\"json\":{},\"binary\":{{}}}}]",
            json.map_or("{}", RawValue::get)
        ),
    });
    let request = format!("{{{}}}", members.join(","));
    let instance = evaluator().start();
    let evaluated = runtime().block_on(async { instance.evaluate(&request, &limits()).await });
    serde_json::from_str(&evaluated.unwrap().response).unwrap()
}

fn fault(case: &Value, cell: &Value) -> Option<String> {
    let is_right = if case["undefined"] == true {
        *cell == json!({})
    } else if let Some(error) = case["error"].as_object() {
        error.iter().all(|(key, wanted)| match key.as_str() {
            "message" => cell["e"]["message"]
                .as_str()
                .is_some_and(|said| said.contains(wanted.as_str().unwrap())),
            _ => cell["e"][key] == *wanted,
        })
    } else {
        same(&cell["v"], &case["expect"]) && cell.get("v").is_some()
    };
    (!is_right).then(|| format!("{case}\n    gave {cell}"))
}

/// JavaScript has one kind of number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}
