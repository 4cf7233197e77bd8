//! What the types and the cases say about the node, for its manifest.

monshyflow_sdk::manifest!(stop_and_error::Params);
