//! What the types and the cases say about the node, for its manifest.

monshyflow_sdk::manifest!(respond::Params);
