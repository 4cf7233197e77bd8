/// What was reached, beside what is wanted.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    reached: f64,
    unit: &'static str,
    goal: f64,
    at_most: bool,
}

impl Report {
    pub(crate) fn at_most(&mut self, what: &str, reached: f64, unit: &'static str, goal: f64) {
        self.add(what, reached, unit, goal, true);
    }

    pub(crate) fn at_least(&mut self, what: &str, reached: f64, unit: &'static str, goal: f64) {
        self.add(what, reached, unit, goal, false);
    }

    fn add(&mut self, what: &str, reached: f64, unit: &'static str, goal: f64, at_most: bool) {
        println!("  {what}: {reached:.2} {unit}");
        self.rows.push(Row {
            what: what.to_owned(),
            reached,
            unit,
            goal,
            at_most,
        });
    }

    pub(crate) fn print(&self) {
        println!(
            "\n{:<58} {:>12} {:>14}  reached/goal",
            "figure", "reached", "goal"
        );
        for row in &self.rows {
            let (sign, met) = if row.at_most {
                ("<=", row.reached <= row.goal)
            } else {
                (">=", row.reached >= row.goal)
            };
            println!(
                "{:<58} {:>12.2} {sign} {:>7.0} {:<5} {:>5.2} {}",
                row.what,
                row.reached,
                row.goal,
                row.unit,
                row.reached / row.goal,
                if met { "" } else { " MISSED" }
            );
        }
    }
}
