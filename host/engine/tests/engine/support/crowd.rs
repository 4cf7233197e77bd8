//! Workflows by the dozen, as text of the notation in `graph`.

use super::dice::Dice;

/// Loops within each other.
const DEEPEST: usize = 2;

/// A workflow of `start` and 2 to `nodes` more, some of them in loops. With `stops` false no failure ends the run.
pub(crate) fn any_graph(seed: u64, nodes: usize, stops: bool) -> String {
    let mut crowd = Crowd {
        dice: Dice::new(seed),
        lines: Vec::new(),
        stops,
        left: 0,
        named: 0,
    };
    let places = 1 + crowd.dice.below(4);
    crowd.lines = vec![format!("concurrency {places}"), "start".to_owned()];
    crowd.left = crowd.dice.below(nodes - 1) + 2;
    while crowd.left > 0 {
        let nodes = crowd.left;
        crowd.chain(vec!["start".to_owned()], nodes, 0);
    }
    if !stops {
        crowd.lines.push("start: continue".to_owned());
    }
    crowd.lines.join("; ")
}

struct Crowd {
    dice: Dice,
    lines: Vec<String>,
    stops: bool,
    /// Nodes that are still to be added.
    left: usize,
    named: usize,
}

impl Crowd {
    /// Up to `nodes` more behind those of `before`, which are outputs. Answers all outputs there are then.
    fn chain(&mut self, mut before: Vec<String>, nodes: usize, depth: usize) -> Vec<String> {
        for _ in 0..nodes {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.named += 1;
            let kinds: &[&str] = match depth {
                0 => &[
                    "step", "step", "if", "join", "join", "end", "start", "each", "each",
                ],
                DEEPEST => &["step", "step", "if", "join", "end"],
                _ => &["step", "step", "if", "join", "end", "each"],
            };
            let name = format!("{}{}", self.dice.pick(kinds), self.named);
            self.add(&before, &name);
            if name.starts_with("each") {
                self.body(&name, depth + 1);
            }
            if !name.starts_with("end") {
                before.push(name);
            }
        }
        before
    }

    fn body(&mut self, name: &str, depth: usize) {
        let entry = format!("{name}.body");
        let nodes = 1 + self.dice.below(3);
        self.left = self.left.max(1);
        let all = self.chain(vec![entry], nodes, depth);
        let within: Vec<_> = all.into_iter().skip(1).collect();
        if within.is_empty() {
            return;
        }
        for _ in 0..self.dice.below(3) {
            let from = self.output(&within);
            self.connect(format!("{from} > {name}.next"));
        }
    }

    fn add(&mut self, before: &[String], name: &str) {
        let mut words = Vec::new();
        if !name.starts_with("start") {
            for edge in 0..1 + self.dice.below(3) {
                let from = self.output(before);
                let port = if name.starts_with("join") && edge > 0 {
                    format!(".in-{}", self.dice.below(3))
                } else {
                    String::new()
                };
                self.connect(format!("{from} > {name}{port}"));
            }
            words.push(*self.dice.pick(&["", "", "", "", "run-on-empty", "disabled"]));
            words.push(*self.dice.pick(&["", "retry 2", "retry 3 every 10"]));
        }
        words.push(*self.dice.pick(if self.stops {
            &["", "continue", "continue", "port", "port"]
        } else {
            &["continue", "port"]
        }));
        self.lines.push(format!("{name}: {}", words.join(" ")));
    }

    fn output(&mut self, of: &[String]) -> String {
        let from = self.dice.pick(of).clone();
        if from.starts_with("if") && self.dice.one_in(2) {
            return format!("{from}.false");
        }
        from
    }

    fn connect(&mut self, line: String) {
        let same_ports = |known: &String| known.replace(".in-0", "") == line.replace(".in-0", "");
        if !self.lines.iter().any(same_ports) {
            self.lines.push(line);
        }
    }
}
