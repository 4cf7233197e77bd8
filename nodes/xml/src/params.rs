use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Params {
    #[schemars(title = "Operation")]
    pub operation: Operation,
    /// Where the XML is.
    #[schemars(title = "Source", extend("x-show-if" = { "operation": ["xmlToJson"] }))]
    pub source: Source,
    /// Name or path of the field with the XML; of XML to write, the field that becomes XML (empty: the whole item).
    #[schemars(title = "Field")]
    pub field: Option<Path>,
    /// Name of the item's attachment with the XML.
    #[schemars(title = "Attachment", length(min = 1), extend("x-show-if" = { "operation": ["xmlToJson"], "source": ["attachment"] }))]
    pub attachment: String,
    /// Name or path of the field that takes the result. Empty: the item is the JSON; XML goes to `data`.
    #[schemars(title = "Destination")]
    pub destination: Option<Path>,
    /// The item's other fields and its attachments go along.
    #[schemars(title = "Keep other fields", extend("x-group" = "options"))]
    pub keep_fields: bool,
    /// How attributes are written in JSON.
    #[schemars(title = "Attributes", extend("x-group" = "options"))]
    pub attributes: Attributes,
    /// What the names of attributes start with.
    #[schemars(title = "Attribute prefix", length(min = 1), extend("x-group" = "options", "x-show-if" = { "attributes": ["prefix"] }))]
    pub attribute_prefix: String,
    /// Name of the object that holds the attributes.
    #[schemars(title = "Attribute key", length(min = 1), extend("x-group" = "options", "x-show-if" = { "attributes": ["group"] }))]
    pub attribute_key: String,
    /// Name of the field with an element's text, where it has attributes or elements, too.
    #[schemars(title = "Text key", length(min = 1), extend("x-group" = "options"))]
    pub text_key: String,
    #[schemars(title = "Reading", extend("x-group" = "options", "x-show-if" = { "operation": ["xmlToJson"] }))]
    pub reading: Reading,
    #[schemars(title = "Writing", extend("x-group" = "options", "x-show-if" = { "operation": ["jsonToXml"] }))]
    pub writing: Writing,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    #[default]
    XmlToJson,
    JsonToXml,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    #[default]
    Field,
    Attachment,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Attributes {
    /// As fields, like elements. Written XML has none.
    #[default]
    Merge,
    /// As fields whose names have a prefix.
    Prefix,
    /// As fields of one object.
    Group,
    /// They are left out. Written XML has none.
    Ignore,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reading {
    /// Every element is in a list, even if it comes once.
    #[schemars(title = "Always lists")]
    pub always_lists: bool,
    /// Names of elements that are in lists, even if they come once.
    #[schemars(title = "List elements", extend("x-widget" = "list", "x-placeholder" = "item", "x-show-if" = { "alwaysLists": [false] }))]
    pub list_elements: Vec<String>,
    /// The outermost element is a field. Off: only what is inside of it.
    #[schemars(title = "Keep root")]
    pub keep_root: bool,
    /// White space is cut off both ends of texts.
    #[schemars(title = "Trim")]
    pub trim: bool,
    /// A run of white space in texts becomes one space.
    #[schemars(title = "Normalise white space")]
    pub normalize: bool,
    /// Names of elements become lower case.
    #[schemars(title = "Lower-case elements")]
    pub normalize_names: bool,
    /// `soap:Body` becomes `Body`, and `xmlns` is left out.
    #[schemars(title = "Remove namespaces")]
    pub remove_namespaces: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Writing {
    /// Name of the outermost element, if the JSON is not an object with a single element.
    #[schemars(title = "Root name", length(min = 1))]
    pub root_name: String,
    /// Without `<?xml ..?>` at the start.
    #[schemars(title = "Without declaration")]
    pub headless: bool,
    /// Texts with `<`, `>` or `&` are written as `<![CDATA[..]]>`.
    #[schemars(title = "CDATA")]
    pub cdata: bool,
    /// Spaces for each level. 0: all on one line.
    #[schemars(title = "Indent", range(max = 16))]
    pub indent: u8,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            operation: Operation::default(),
            source: Source::default(),
            field: None,
            attachment: "data".to_owned(),
            destination: None,
            keep_fields: false,
            attributes: Attributes::default(),
            attribute_prefix: "@".to_owned(),
            attribute_key: "$".to_owned(),
            text_key: "_".to_owned(),
            reading: Reading::default(),
            writing: Writing::default(),
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            always_lists: false,
            list_elements: Vec::new(),
            keep_root: true,
            trim: false,
            normalize: false,
            normalize_names: false,
            remove_namespaces: false,
        }
    }
}

impl Default for Writing {
    fn default() -> Self {
        Self {
            root_name: "root".to_owned(),
            headless: false,
            cdata: false,
            indent: 2,
        }
    }
}
