use std::collections::BTreeMap;
use std::sync::Arc;

use monshyflow_manifest::TypeName;

use crate::NodeType;

/// The node types that a tenant can use, as the catalog knows them.
pub trait NodeTypes {
    fn get(&self, name: &TypeName) -> Option<Arc<NodeType>>;

    /// All of them, for suggestions.
    fn names(&self) -> Vec<TypeName>;

    /// What the node type asks for and the tenant did not grant, in words such as `http to api.example.com`.
    fn missing_grants(&self, node_type: &NodeType) -> Vec<String> {
        let _ = node_type;
        Vec::new()
    }
}

impl NodeTypes for BTreeMap<TypeName, Arc<NodeType>> {
    fn get(&self, name: &TypeName) -> Option<Arc<NodeType>> {
        BTreeMap::get(self, name).cloned()
    }

    fn names(&self) -> Vec<TypeName> {
        self.keys().cloned().collect()
    }
}
