use monshyflow_sdk::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::status::Statuses;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Pagination {
    /// How one page leads to the next.
    #[schemars(title = "Mode")]
    pub mode: Mode,
    /// Where the response says the next page's URL.
    #[schemars(title = "Next URL in", extend("x-show-if" = { "mode": ["nextUrl"] }))]
    pub next_in: NextIn,
    /// Where the body has the next page's URL, or the cursor.
    #[schemars(title = "Path in the body", extend("x-placeholder" = "paging.next", "x-show-if" = { "mode": ["nextUrl", "cursor"] }))]
    pub path: Option<Path>,
    /// The header that has the next page's URL.
    #[schemars(title = "Header", extend("x-show-if" = { "nextIn": ["header"] }))]
    pub header: String,
    /// Name of the parameter that each page sets.
    #[schemars(title = "Parameter", extend("x-placeholder" = "page", "x-show-if" = { "mode": ["parameter", "cursor"] }))]
    pub name: String,
    /// Where the parameter goes.
    #[schemars(title = "Parameter in", extend("x-show-if" = { "mode": ["parameter", "cursor"] }))]
    pub place: Place,
    /// The parameter's value for the first page.
    #[schemars(title = "Start", extend("x-show-if" = { "mode": ["parameter"] }))]
    pub start: i64,
    /// What is added for each page. 0: the number of items that the page had, as offsets need.
    #[schemars(title = "Step", extend("x-show-if" = { "mode": ["parameter"] }))]
    pub step: i64,
    #[schemars(title = "Stop")]
    pub stop: Stop,
    /// The most pages; the rest is left out. Empty: all, and more than 1,000 is an error.
    #[schemars(title = "Pages at most", range(min = 1, max = 1000))]
    pub max_pages: Option<u32>,
    /// Milliseconds between pages.
    #[schemars(title = "Pause (ms)", range(max = 3_600_000))]
    pub interval_ms: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// One request.
    #[default]
    Off,
    /// The response says where the next page is.
    NextUrl,
    /// A number of a page, or an offset.
    Parameter,
    /// The response holds a value that the next request sends.
    Cursor,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NextIn {
    #[default]
    Body,
    Header,
    /// The header `Link` with `rel="next"`.
    Link,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    #[default]
    Query,
    Body,
    Header,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Stop {
    /// Stop at a page without items. What the items are says the path of the list.
    #[schemars(title = "At an empty page")]
    pub when_empty: bool,
    /// Stop at these statuses, which are no error then: `404`, `4xx`, `500-503`.
    #[schemars(title = "At statuses")]
    pub on_status: Vec<Statuses>,
    /// Stop when the value there is false, null, 0, empty or missing, such as `has_more`.
    #[schemars(title = "When this path is false", extend("x-placeholder" = "has_more"))]
    pub when_false: Option<Path>,
}

impl Default for Pagination {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            next_in: NextIn::default(),
            path: None,
            header: String::new(),
            name: String::new(),
            place: Place::default(),
            start: 1,
            step: 1,
            stop: Stop::default(),
            max_pages: None,
            interval_ms: 0,
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            when_empty: true,
            on_status: Vec::new(),
            when_false: None,
        }
    }
}

impl Pagination {
    pub(crate) fn is_off(&self) -> bool {
        self.mode == Mode::Off
    }
}
