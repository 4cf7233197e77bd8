use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Attachment, Item, ItemList, Json, Segment, Source};

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("item {index} points at an input item that does not exist")]
    Dangling { index: usize },
}

/// The form of an item list in a journal record. Items that were passed on unchanged are references, so that ten nodes
/// that pass 10 KiB on write them once.
///
/// Not an untagged enum, since serde buffers those and raw JSON does not survive that.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ItemListRecord {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<ItemRecord>,
    /// Not empty if the list rests in the object store; `items` is empty then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    segments: Vec<SegmentRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ItemRecord {
    /// Absent if and only if `source` is `Passed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Box<RawValue>>,
    #[serde(default = "no_source", skip_serializing_if = "is_none")]
    source: Source,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    binary: Vec<Attachment>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SegmentRecord {
    object: Arc<str>,
    /// Not 0 if the list holds a part of the object that does not begin at its start.
    #[serde(default, skip_serializing_if = "is_zero")]
    first: u32,
    count: u32,
    size: u64,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn no_source() -> Source {
    Source::None
}

fn is_none(source: &Source) -> bool {
    *source == Source::None
}

impl ItemListRecord {
    /// Inline if every segment is in memory only, by reference if all are stored.
    pub fn of(list: &ItemList) -> Self {
        let stored: Option<Vec<_>> = list
            .segments()
            .iter()
            .map(|segment| {
                let object = segment.object()?.clone();
                Some(SegmentRecord {
                    object,
                    first: segment.first(),
                    count: segment.count(),
                    size: segment.size(),
                })
            })
            .collect();
        match stored {
            Some(segments) if !segments.is_empty() => Self {
                items: Vec::new(),
                segments,
            },
            _ => {
                let items = list.segments().iter().filter_map(|segment| segment.items());
                Self {
                    items: items.flat_map(|items| items.iter()).map(ItemRecord::of).collect(),
                    segments: Vec::new(),
                }
            }
        }
    }

    /// The input items that `into_list` will ask for.
    pub fn passed(&self) -> impl Iterator<Item = crate::ItemRef> {
        self.items.iter().filter_map(|item| match item.source {
            Source::Passed(from) => Some(from),
            Source::None | Source::One(_) | Source::Many(_) => None,
        })
    }

    /// The list again. `input` finds an item of the step's input for those that were passed on.
    pub fn into_list<'a>(
        self,
        input: impl Fn(crate::ItemRef) -> Option<Cow<'a, Item>>,
    ) -> Result<ItemList, RecordError> {
        if !self.segments.is_empty() {
            let segments = self
                .segments
                .into_iter()
                .map(|s| Segment::stored_part(s.first, s.count, s.size, s.object));
            return Ok(ItemList::from_segments(segments.collect()));
        }
        let items = self
            .items
            .into_iter()
            .enumerate()
            .map(|(index, record)| record.into_item(&input).ok_or(RecordError::Dangling { index }));
        Ok(ItemList::from_items(items.collect::<Result<_, _>>()?))
    }
}

impl ItemRecord {
    fn of(item: &Item) -> Self {
        if let Source::Passed(_) = item.source {
            return Self {
                json: None,
                source: item.source.clone(),
                binary: Vec::new(),
            };
        }
        let json = RawValue::from_string(item.json.as_str().to_owned()).ok();
        Self {
            json,
            source: item.source.clone(),
            binary: item.attachments().to_vec(),
        }
    }

    fn into_item<'a>(self, input: &impl Fn(crate::ItemRef) -> Option<Cow<'a, Item>>) -> Option<Item> {
        match (self.json, self.source) {
            (None, Source::Passed(from)) => {
                let passed = input(from)?;
                Some(Item {
                    source: Source::Passed(from),
                    json: passed.json.clone(),
                    binary: passed.binary.clone(),
                })
            }
            (Some(json), source) => Some(Item {
                json: Json::from_checked(Bytes::from(String::from(Box::<str>::from(json)))),
                source,
                binary: (!self.binary.is_empty()).then(|| self.binary.into()),
            }),
            (None, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemRef;

    #[test]
    fn passed_items_are_written_as_references() {
        let input = Item::new(Json::from_value(&serde_json::json!({"payload": 1})));
        let from = ItemRef { port: 0, index: 0 };
        let passed = Item {
            source: Source::Passed(from),
            ..input.clone()
        };
        let made = Item {
            source: Source::One(from),
            ..Item::new(Json::empty_object())
        };
        let list = ItemList::from_items(vec![passed, made]);
        let text = serde_json::to_string(&ItemListRecord::of(&list)).unwrap();
        assert!(!text.contains("payload"), "{text}");
        let read: ItemListRecord = serde_json::from_str(&text).unwrap();
        let again = read.clone().into_list(|_| Some(Cow::Borrowed(&input))).unwrap();
        assert_eq!(again, list);
        assert!(matches!(
            read.into_list(|_| None),
            Err(RecordError::Dangling { index: 0 })
        ));
    }

    #[test]
    fn parts_of_stored_segments_are_written_with_their_place() {
        let list = ItemList::from_segments(vec![Segment::stored(10, 1_000, "key".into())]);
        let text = |list: &ItemList| serde_json::to_string(&ItemListRecord::of(list)).unwrap();
        assert_eq!(
            text(&list),
            r#"{"segments":[{"object":"key","count":10,"size":1000}]}"#
        );
        let part = list.slice(3, 2);
        assert_eq!(
            text(&part),
            r#"{"segments":[{"object":"key","first":3,"count":2,"size":200}]}"#
        );
        for list in [list, part] {
            let read: ItemListRecord = serde_json::from_str(&text(&list)).unwrap();
            assert_eq!(read.into_list(|_| None).unwrap(), list);
        }
    }
}
