//! Makes HTML of Markdown, or Markdown of HTML.

mod auto_links;
mod heading_ids;
mod html_options;
mod markdown_options;
mod params;
mod to_html;
mod to_markdown;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Object, each};

use params::Operation;
pub use params::Params;

/// Documents take several times as much memory as their text.
const MAX_BYTES: usize = 4 * 1024 * 1024;

fn run(params: &Params, item: Item, _context: &Context) -> Result<NewItem, NodeError> {
    let result = match params.operation {
        Operation::MarkdownToHtml => {
            check_size(&params.markdown, "/markdown")?;
            to_html::convert(&params.markdown, &params.html_options)?
        }
        Operation::HtmlToMarkdown => {
            check_size(&params.html, "/html")?;
            to_markdown::convert(&params.html, &params.markdown_options)?
        }
    };
    let mut object = if params.keep_fields {
        item.object()?
    } else {
        Object::default()
    };
    let mut text = Object::default();
    text.set_value("text", &result)?;
    object
        .set(&params.destination, text.get_field("text").unwrap_or_default())
        .map_err(|error| {
            let problem = format!("{error}");
            NodeError::invalid_param("/destination", problem)
        })?;
    Ok(if params.keep_fields {
        item.replaced(object.to_text())
    } else {
        NewItem::text(object.to_text())
    })
}

fn check_size(text: &str, place: &str) -> Result<(), NodeError> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let message = format!("the text has {} bytes, {MAX_BYTES} are allowed", text.len());
    Err(NodeError::invalid("text-too-large", message).at(place))
}

each!(run);
