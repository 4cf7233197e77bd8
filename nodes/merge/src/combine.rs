use std::borrow::Cow;

use monshyflow_sdk::{Attachment, Item, NewItem, NodeError, Object};

use crate::params::{Clash, Join, Mode, Params};

/// Most attachments that the host allows one item.
const MOST_ATTACHMENTS: usize = 64;

/// An input item, opened.
pub(crate) struct Part<'a> {
    item: &'a Item,
    pub(crate) object: Object<'a>,
    /// Number of its input.
    input: usize,
}

impl<'a> Part<'a> {
    pub(crate) fn new(item: &'a Item, input: usize) -> Result<Self, NodeError> {
        let object = item.object()?;
        Ok(Self { item, object, input })
    }
}

/// How several items become one.
pub(crate) struct Combining {
    first_wins: bool,
    suffix: bool,
    deep: bool,
    fill_empty: bool,
}

impl Combining {
    pub(crate) fn new(params: &Params) -> Self {
        let enriches_last = params.mode == Mode::Key && params.join == Join::Right;
        Self {
            first_wins: match params.clash {
                Clash::Auto => enriches_last,
                clash => clash == Clash::PreferFirst,
            },
            suffix: params.clash == Clash::Suffix,
            deep: params.deep,
            fill_empty: params.fill_empty,
        }
    }

    /// An item without a partner stays as it is, unless its fields must be told apart like those of all others.
    pub(crate) fn alone(&self, item: &Item, input: usize) -> Result<NewItem, NodeError> {
        if self.suffix {
            self.combine(&[&Part::new(item, input)?])
        } else {
            Ok(item.into())
        }
    }

    /// One item out of several, in the order of their inputs.
    pub(crate) fn combine(&self, parts: &[&Part<'_>]) -> Result<NewItem, NodeError> {
        if let ([only], false) = (parts, self.suffix) {
            return Ok(only.item.into());
        }
        let mut object = Object::default();
        for part in parts {
            if self.suffix {
                for (name, json) in part.object.fields() {
                    object.set_field(&format!("{name}_{}", part.input), json);
                }
            } else {
                self.lay_over(&mut object, &part.object);
            }
        }
        let sources = parts.iter().map(|part| part.item.reference());
        let item = NewItem::text(object.to_text()).from_all(sources);
        Ok(self.attachments(parts)?.into_iter().fold(item, NewItem::with))
    }

    fn lay_over<'a>(&self, below: &mut Object<'a>, above: &'a Object<'_>) {
        for (name, json) in above.fields() {
            let json = match below.get_field(name) {
                None => Some(json),
                Some(known) => self.settle(&known, json),
            };
            if let Some(json) = json {
                below.set_field(name, json);
            }
        }
    }

    /// What takes the place of `known`, if anything does.
    fn settle<'a>(&self, known: &str, json: Cow<'a, str>) -> Option<Cow<'a, str>> {
        if self.deep
            && let (Ok(mut below), Ok(above)) = (Object::parse(known), Object::parse(&json))
        {
            self.lay_over(&mut below, &above);
            return Some(Cow::Owned(below.to_text()));
        }
        let is_empty = |json: &str| matches!(json, "null" | "\"\"");
        let stays = match (is_empty(known), is_empty(&json)) {
            (true, false) if self.fill_empty => false,
            (false, true) if self.fill_empty => true,
            _ => self.first_wins,
        };
        (!stays).then_some(json)
    }

    fn attachments(&self, parts: &[&Part<'_>]) -> Result<Vec<Attachment>, NodeError> {
        let mut attachments: Vec<Attachment> = Vec::new();
        for part in parts {
            for attachment in part.item.attachments() {
                let attachment = if self.suffix {
                    attachment.renamed(format!("{}_{}", attachment.name, part.input))
                } else {
                    attachment.clone()
                };
                match attachments.iter_mut().find(|known| known.name == attachment.name) {
                    Some(known) if !self.first_wins => *known = attachment,
                    Some(_) => {}
                    None => attachments.push(attachment),
                }
            }
            if attachments.len() > MOST_ATTACHMENTS {
                let message = format!(
                    "one item may have {MOST_ATTACHMENTS} attachments, but the items that are combined have more together"
                );
                return Err(
                    NodeError::permanent("too-many-attachments", message).with_item(part.item.reference())
                );
            }
        }
        Ok(attachments)
    }
}
