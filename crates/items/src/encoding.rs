use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Attachment, Item, Json, Source};

/// Version of the layout, the first byte of every stored segment.
const VERSION: u8 = 1;

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("a stored segment is empty or of an unknown version")]
    Version,
    #[error("a stored segment is damaged: {0}")]
    Damaged(#[from] postcard::Error),
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    json: &'a [u8],
    source: Source,
    binary: Vec<Attachment>,
}

/// The stored form of items: a version byte, then postcard. Items keep their lineage, `Passed` ones their text too.
pub fn encode_segment(items: &[Item]) -> Bytes {
    let rows: Vec<Row<'_>> = items
        .iter()
        .map(|item| Row {
            json: item.json.bytes(),
            source: item.source.clone(),
            binary: item.attachments().to_vec(),
        })
        .collect();
    let capacity = items
        .iter()
        .map(|item| item.json.bytes().len() + 16)
        .sum::<usize>()
        + 16;
    let mut out = Vec::with_capacity(capacity);
    out.push(VERSION);
    let out = postcard::to_extend(&rows, out).unwrap_or_default();
    Bytes::from(out)
}

/// Items that share `bytes`.
pub fn decode_segment(bytes: &Bytes) -> Result<Vec<Item>, DecodeError> {
    let Some((&VERSION, rest)) = bytes.split_first() else {
        return Err(DecodeError::Version);
    };
    let rows: Vec<Row<'_>> = postcard::from_bytes(rest)?;
    let items = rows.into_iter().map(|row| Item {
        json: Json::from_checked(bytes.slice_ref(row.json)),
        source: row.source,
        binary: (!row.binary.is_empty()).then(|| row.binary.into()),
    });
    Ok(items.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemRef;

    #[test]
    fn a_segment_comes_back_as_it_was() {
        let mut with_file = Item::new(Json::from_value(&serde_json::json!({"name": "Grüße"})));
        with_file.source = Source::Passed(ItemRef { port: 0, index: 7 });
        with_file.binary = Some(
            vec![Attachment {
                name: "data".into(),
                object: "o".into(),
                size: 3,
                media_type: "text/plain".into(),
                file_name: None,
            }]
            .into(),
        );
        let items = vec![Item::new(Json::empty_object()), with_file];
        let bytes = encode_segment(&items);
        assert_eq!(decode_segment(&bytes).unwrap(), items);
        assert!(matches!(decode_segment(&Bytes::new()), Err(DecodeError::Version)));
        assert!(decode_segment(&bytes.slice(..bytes.len() - 1)).is_err());
    }
}
