use std::collections::BTreeSet;

use monshyflow_sdk::NodeError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// The latest time that the host takes, milliseconds since 1970.
const LATEST: f64 = 9e15;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// What is asked, in a few words.
    #[schemars(title = "Title")]
    pub title: String,
    /// What the person must know to decide.
    #[schemars(title = "Message", extend("x-widget" = "text"))]
    pub message: String,
    /// What the person can choose.
    #[schemars(title = "Choices", length(min = 1), extend("x-widget" = "list"))]
    pub choices: Vec<Choice>,
    /// What the person can fill in.
    #[schemars(title = "Fields", extend("x-widget" = "list"))]
    pub fields: Vec<Field>,
    /// The wait ends after a time even if nobody answers.
    #[schemars(title = "Limit the wait")]
    pub limited: bool,
    /// How long, in the unit below, from now on.
    #[schemars(title = "Limit", range(min = 0), extend("x-show-if" = { "limited": [true] }))]
    pub limit_amount: f64,
    #[schemars(title = "Unit of the limit", extend("x-show-if" = { "limited": [true] }))]
    pub limit_unit: Unit,
    /// What happens if nobody answered in time.
    #[schemars(title = "At the limit", extend("x-show-if" = { "limited": [true] }))]
    pub on_limit: AtLimit,
    /// Name of the choice that counts if nobody answered in time.
    #[schemars(title = "Default choice", extend("x-placeholder" = "decline", "x-show-if" = { "limited": [true], "onLimit": ["choice"] }))]
    pub default_choice: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// By which the workflow knows it.
    #[schemars(title = "Name", length(min = 1))]
    pub name: String,
    /// What people read. Empty: the name.
    #[serde(default)]
    #[schemars(title = "Title")]
    pub title: String,
    /// By which output the items leave.
    #[serde(default)]
    #[schemars(title = "Output")]
    pub port: Port,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Port {
    #[default]
    Approved,
    Declined,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// By which the workflow knows it.
    #[schemars(title = "Name", length(min = 1))]
    pub name: String,
    /// What people read. Empty: the name.
    #[serde(default)]
    #[schemars(title = "Title")]
    pub title: String,
    /// Nobody can answer without it.
    #[serde(default)]
    #[schemars(title = "Required")]
    pub required: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    Second,
    Minute,
    Hour,
    /// 24 hours.
    #[default]
    Day,
    Week,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AtLimit {
    /// The items leave by the output for that.
    #[default]
    Port,
    /// A default choice counts.
    Choice,
    /// An error `timed-out`.
    Fail,
}

impl Default for Params {
    fn default() -> Self {
        let choice = |name: &str, title: &str, port| Choice {
            name: name.to_owned(),
            title: title.to_owned(),
            port,
        };
        Self {
            title: "Approval needed".to_owned(),
            message: String::new(),
            choices: vec![
                choice("approve", "Approve", Port::Approved),
                choice("decline", "Decline", Port::Declined),
            ],
            fields: Vec::new(),
            limited: false,
            limit_amount: 1.0,
            limit_unit: Unit::default(),
            on_limit: AtLimit::default(),
            default_choice: String::new(),
        }
    }
}

impl Port {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
        }
    }
}

impl Params {
    /// # Errors
    ///
    /// `invalid-params` where nobody could answer.
    pub(crate) fn check(&self) -> Result<(), NodeError> {
        if self.choices.is_empty() {
            return Err(invalid("/choices", "at least one choice is needed"));
        }
        names("/choices", self.choices.iter().map(|choice| choice.name.as_str()))?;
        names("/fields", self.fields.iter().map(|field| field.name.as_str()))?;
        if self.limited && self.on_limit == AtLimit::Choice {
            self.default_choice()?;
        }
        Ok(())
    }

    /// # Errors
    ///
    /// `invalid-params` if no choice has its name.
    pub(crate) fn default_choice(&self) -> Result<&Choice, NodeError> {
        self.choice(&self.default_choice).ok_or_else(|| {
            let message = format!("there is no choice `{}`", self.default_choice);
            invalid("/defaultChoice", &message)
        })
    }

    pub(crate) fn choice(&self, name: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.name == name)
    }

    /// When the wait ends, milliseconds since 1970.
    pub(crate) fn until(&self, now: f64) -> Result<Option<f64>, NodeError> {
        if !self.limited {
            return Ok(None);
        }
        let unit = match self.limit_unit {
            Unit::Second => 1e3,
            Unit::Minute => 60e3,
            Unit::Hour => 3_600e3,
            Unit::Day => 86_400e3,
            Unit::Week => 604_800e3,
        };
        let time = (now + self.limit_amount * unit).round();
        if self.limit_amount < 0.0 {
            return Err(invalid("/limitAmount", "a limit cannot be negative"));
        }
        if time > LATEST {
            return Err(invalid("/limitAmount", "that is too far in the future"));
        }
        Ok(Some(time))
    }

    /// What the resume URL shows, as the contract says it.
    pub(crate) fn form(&self) -> String {
        let choices = self
            .choices
            .iter()
            .map(|choice| json!({ "name": choice.name, "title": title(&choice.title, &choice.name) }));
        let fields = self.fields.iter().map(|field| {
            json!({ "name": field.name, "title": title(&field.title, &field.name), "required": field.required })
        });
        json!({
            "title": self.title,
            "message": self.message,
            "choices": choices.collect::<Vec<_>>(),
            "fields": fields.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

fn title<'a>(title: &'a str, name: &'a str) -> &'a str {
    if title.is_empty() { name } else { title }
}

fn names<'a>(place: &str, names: impl Iterator<Item = &'a str>) -> Result<(), NodeError> {
    let mut known = BTreeSet::new();
    for (index, name) in names.enumerate() {
        let place = format!("{place}/{index}/name");
        if name.is_empty() {
            return Err(invalid(&place, "a name is needed"));
        }
        if !known.insert(name) {
            return Err(invalid(&place, &format!("there is another `{name}`")));
        }
    }
    Ok(())
}

fn invalid(place: &str, problem: &str) -> NodeError {
    NodeError::invalid_param(place, problem)
}
