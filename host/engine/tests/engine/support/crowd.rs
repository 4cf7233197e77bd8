//! Workflows by the dozen, as text of the notation in `graph`.

use super::dice::Dice;

/// A workflow of `start` and 2 to `nodes` more. With `stops` false no failure ends the run.
pub(crate) fn any_graph(seed: u64, nodes: usize, stops: bool) -> String {
    let mut dice = Dice::new(seed);
    let mut names = vec!["start".to_owned()];
    let mut lines = vec![format!("concurrency {}", 1 + dice.below(4)), "start".to_owned()];
    for index in 1..=dice.below(nodes - 1) + 2 {
        let name = format!(
            "{}{index}",
            dice.pick(&["step", "step", "step", "if", "join", "join", "end", "start"])
        );
        let mut words = Vec::new();
        if !name.starts_with("start") {
            connect(&mut dice, &names, &name, &mut lines);
            words.push(*dice.pick(&["", "", "", "run-on-empty", "disabled"]));
            words.push(*dice.pick(&["", "retry 2", "retry 3 every 10"]));
        }
        words.push(*dice.pick(if stops {
            &["", "continue", "continue", "port", "port"]
        } else {
            &["continue", "port"]
        }));
        lines.push(format!("{name}: {}", words.join(" ")));
        if !name.starts_with("end") {
            names.push(name);
        }
    }
    if !stops {
        lines.push("start: continue".to_owned());
    }
    lines.join("; ")
}

/// At least one edge from nodes before, so that there is no cycle and every required input is connected.
fn connect(dice: &mut Dice, before: &[String], name: &str, lines: &mut Vec<String>) {
    for edge in 0..1 + dice.below(3) {
        let from = dice.pick(before);
        let from_port = if from.starts_with("if") && dice.one_in(2) {
            ".false"
        } else {
            ""
        };
        let port = if name.starts_with("join") && edge > 0 {
            format!(".in-{}", dice.below(3))
        } else {
            String::new()
        };
        let line = format!("{from}{from_port} > {name}{port}");
        let same_ports = |known: &String| known.replace(".in-0", "") == line.replace(".in-0", "");
        if !lines.iter().any(same_ports) {
            lines.push(line);
        }
    }
}
