//! Sends every item to one of many outputs.

use monshyflow_sdk::conditions::{Combinator, Condition, Matching, hold};
use monshyflow_sdk::{Context, Item, NodeError, Output, RawJson, each};
use schemars::JsonSchema;
use serde::Deserialize;

/// As many as the manifest has outputs.
const MOST_CASES: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// How the output is found.
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// One for each output, asked in order.
    #[schemars(title = "Rules", length(max = 20), extend("x-widget" = "rules", "x-show-if" = { "mode": ["rules"] }))]
    pub rules: Vec<Rule>,
    /// Number of the output, from 0. Mostly an expression.
    #[schemars(title = "Output", extend("x-show-if" = { "mode": ["expression"] }))]
    pub output: RawJson,
    /// How many outputs there are.
    #[schemars(title = "Outputs", range(min = 1, max = 20), extend("x-show-if" = { "mode": ["expression"] }))]
    pub outputs: usize,
    /// Where items go that belong to no output.
    #[schemars(title = "Fallback", extend("x-group" = "options"))]
    pub fallback: Fallback,
    /// Number of the output for them.
    #[schemars(title = "Fallback output", range(max = 19), extend("x-group" = "options", "x-show-if" = { "fallback": ["output"] }))]
    pub fallback_output: usize,
    /// An item goes to every output whose rule holds. Off: to the first.
    #[schemars(title = "Send to all matching outputs", extend("x-group" = "options", "x-show-if" = { "mode": ["rules"] }))]
    pub send_to_all: bool,
    /// Capital and small letters differ.
    #[schemars(title = "Case sensitive", extend("x-group" = "options", "x-show-if" = { "mode": ["rules"] }))]
    pub case_sensitive: bool,
    /// Values of another type are converted. Off: they are an error.
    #[schemars(title = "Convert types", extend("x-group" = "options", "x-show-if" = { "mode": ["rules"] }))]
    pub loose_types: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The first rule that holds.
    #[default]
    Rules,
    /// A number.
    Expression,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rule {
    /// What the output is called in the editor.
    #[schemars(title = "Name")]
    pub name: Option<String>,
    /// How the conditions make one.
    #[schemars(title = "Combine")]
    pub combinator: Combinator,
    #[schemars(title = "Conditions", extend("x-widget" = "conditions"))]
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Fallback {
    /// Nowhere.
    #[default]
    None,
    /// To an output of their own, `fallback`.
    Extra,
    /// To one of the outputs.
    Output,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            rules: Vec::new(),
            output: RawJson::default(),
            outputs: 4,
            fallback: Fallback::default(),
            fallback_output: 0,
            send_to_all: false,
            case_sensitive: true,
            loose_types: false,
        }
    }
}

fn run(params: &Params, item: Item, _context: &Context) -> Result<Output, NodeError> {
    let count = params.count()?;
    let found = match params.mode {
        Mode::Rules => params.matching_rules()?,
        Mode::Expression => Vec::from_iter(params.number()?),
    };
    if !found.is_empty() {
        let outputs = found
            .into_iter()
            .map(|number| Output::one(&item).to(port(number)));
        return Ok(outputs.fold(Output::none(), Output::and));
    }
    match params.fallback {
        Fallback::None => Ok(Output::none()),
        Fallback::Extra => Ok(Output::one(item).to("fallback")),
        Fallback::Output if params.fallback_output < count => {
            Ok(Output::one(item).to(port(params.fallback_output)))
        }
        Fallback::Output => Err(invalid(
            "/fallbackOutput",
            &format!("there are {count} outputs, counted from 0"),
        )),
    }
}

impl Params {
    /// How many outputs are in use.
    fn count(&self) -> Result<usize, NodeError> {
        let (count, pointer) = match self.mode {
            Mode::Rules => (self.rules.len(), "/rules"),
            Mode::Expression => (self.outputs, "/outputs"),
        };
        if count > MOST_CASES {
            return Err(invalid(
                pointer,
                &format!("there are at most {MOST_CASES} outputs"),
            ));
        }
        Ok(count)
    }

    fn matching_rules(&self) -> Result<Vec<usize>, NodeError> {
        let matching = Matching {
            case_sensitive: self.case_sensitive,
            loose_types: self.loose_types,
        };
        let mut found = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            if hold(
                rule.combinator,
                &rule.conditions,
                matching,
                &format!("/rules/{number}/conditions"),
            )? {
                found.push(number);
                if !self.send_to_all {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// None if the number names no output and there is a fallback.
    fn number(&self) -> Result<Option<usize>, NodeError> {
        let number = self
            .output
            .to::<usize>()
            .ok()
            .or_else(|| self.output.as_string()?.trim().parse().ok());
        match number.filter(|number| *number < self.outputs) {
            Some(number) => Ok(Some(number)),
            None if self.fallback != Fallback::None => Ok(None),
            None => {
                let problem = format!(
                    "{} names no output; it must be a whole number from 0 to {}",
                    self.output.text(),
                    self.outputs.saturating_sub(1)
                );
                Err(invalid("/output", &problem))
            }
        }
    }
}

fn port(number: usize) -> String {
    format!("case-{number}")
}

fn invalid(pointer: &str, problem: &str) -> NodeError {
    NodeError::invalid_param(pointer, problem)
}

each!(run);
