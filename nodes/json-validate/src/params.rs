use jsonschema::Validator;
use monshyflow_sdk::{NodeError, Once, Path, RawJson};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    /// JSON Schema 2020-12, or of an older draft if `$schema` says so; as an object or its JSON text.
    #[schemars(title = "Schema", extend("x-widget" = "code", "x-language" = "json", "x-placeholder" = "{ \"type\": \"object\", \"required\": [\"id\"] }"))]
    pub schema: RawJson,
    /// Name or path of the field to check. Empty: the item itself.
    #[schemars(title = "Field", extend("x-widget" = "path"))]
    pub field: String,
    /// What happens to items that do not fit.
    #[schemars(title = "When invalid")]
    pub when_invalid: WhenInvalid,
    /// Field that takes the list of errors, name or path.
    #[schemars(title = "Field for errors", length(min = 1), extend("x-show-if" = { "whenInvalid": ["port"] }))]
    pub errors_field: String,
    /// A text in the field is read as JSON before it is checked.
    #[schemars(title = "Read JSON text", extend("x-group" = "options"))]
    pub parse_text: bool,
    /// `format` is checked, such as `email` or `date-time`. Off: it is only a note.
    #[schemars(title = "Check formats", extend("x-group" = "options"))]
    pub check_formats: bool,
    /// The most errors that are listed for an item.
    #[schemars(title = "Max errors", range(min = 1, max = 1000), extend("x-group" = "options"))]
    pub max_errors: usize,
    #[serde(skip)]
    #[schemars(skip)]
    ready: Once<Ready>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WhenInvalid {
    /// They leave by the output `invalid`, with a list of errors.
    #[default]
    Port,
    /// They fail.
    Error,
}

/// The parameters made ready once for all items.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) validator: Validator,
    /// None for the item itself.
    pub(crate) field: Option<Path>,
    pub(crate) errors: Path,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            schema: RawJson::default(),
            field: String::new(),
            when_invalid: WhenInvalid::default(),
            errors_field: "errors".to_owned(),
            parse_text: false,
            check_formats: true,
            max_errors: 20,
            ready: Once::default(),
        }
    }
}

impl Params {
    pub(crate) fn ready(&self) -> Result<&Ready, NodeError> {
        self.ready.get_or_try(|| self.make_ready())
    }

    fn make_ready(&self) -> Result<Ready, NodeError> {
        let path = |name: &str, place: &str| {
            Path::parse(name).map_err(|error| NodeError::invalid_param(place, error))
        };
        if !(1..=1000).contains(&self.max_errors) {
            let problem = "between 1 and 1000 errors can be listed";
            return Err(NodeError::invalid_param("/maxErrors", problem));
        }
        Ok(Ready {
            validator: crate::schema::compile(self)?,
            field: match self.field.as_str() {
                "" => None,
                name => Some(path(name, "/field")?),
            },
            errors: path(&self.errors_field, "/errorsField")?,
        })
    }
}
