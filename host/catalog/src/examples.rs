use std::time::Duration;

use monshyflow_node_test::NodeUnderTest;
use monshyflow_sandbox::Sandbox;

use crate::{Component, PublishNodeError};

/// For all examples of one upload.
const PATIENCE: Duration = Duration::from_secs(30);

/// Calls an uploaded node as its manifest's examples say, with no grant: users will take them at their word.
pub(crate) async fn try_examples(sandbox: &Sandbox, component: &Component) -> Result<(), PublishNodeError> {
    let node = NodeUnderTest::new(component.definition.node_type.clone(), component.loaded.clone());
    let all = async {
        for case in node.examples_that_stand_alone() {
            let differences = node.run(sandbox, &case).await;
            if !differences.is_empty() {
                let (title, differences) = (&case.title, differences.join("; "));
                return Err(PublishNodeError::Examples(format!("`{title}`: {differences}")));
            }
        }
        Ok(())
    };
    let late = format!(
        "not done after {} s, make them smaller or fewer",
        PATIENCE.as_secs()
    );
    let ended = tokio::time::timeout(PATIENCE, all).await;
    ended.map_err(|_| PublishNodeError::Examples(late))?
}
