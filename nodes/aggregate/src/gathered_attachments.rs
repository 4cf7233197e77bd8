use std::collections::HashSet;

use monshyflow_sdk::{Attachment, Item, NodeError};

/// As many as the host allows one item.
const MOST: usize = 64;

/// Attachments of several items under names that differ: the second `data` is called `data_1`.
#[derive(Default)]
pub(crate) struct GatheredAttachments {
    gathered: Vec<Attachment>,
    /// As they were called before.
    originals: Vec<Attachment>,
    names: HashSet<String>,
}

impl GatheredAttachments {
    /// What is there already, the same bytes under the same name, is not added again.
    pub(crate) fn add(&mut self, item: &Item) -> Result<(), NodeError> {
        for attachment in item.attachments() {
            if self.originals.contains(attachment) {
                continue;
            }
            if self.gathered.len() == MOST {
                let message = format!(
                    "one item may have {MOST} attachments, but these items have more together; aggregate fewer items or group them"
                );
                return Err(NodeError::permanent("too-many-attachments", message).with_item(item.reference()));
            }
            let mut name = attachment.name.clone();
            let mut number = 0;
            while !self.names.insert(name.clone()) {
                number += 1;
                name = format!("{}_{number}", attachment.name);
            }
            self.gathered.push(attachment.renamed(name));
            self.originals.push(attachment.clone());
        }
        Ok(())
    }
}

impl IntoIterator for GatheredAttachments {
    type Item = Attachment;
    type IntoIter = std::vec::IntoIter<Attachment>;

    fn into_iter(self) -> Self::IntoIter {
        self.gathered.into_iter()
    }
}
