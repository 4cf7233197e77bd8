use std::sync::Arc;

use bytes::Bytes;
use monshyflow_manifest::{Example, Manifest, ManifestError, SectionError, extract};
use monshyflow_sandbox::{Loaded, PublishError, Sandbox};
use monshyflow_workflow::NodeType;
use serde_json::Value;

use crate::call::{call, inputs};
use crate::compare::Comparison;
use crate::world::World;
use crate::{Case, RecordedItem};

/// A node type whose cases can be run.
#[derive(Debug)]
pub struct NodeUnderTest {
    node_type: Arc<NodeType>,
    loaded: Loaded,
}

/// Why a component is no node type.
#[derive(Debug, thiserror::Error)]
pub enum UnusableNode {
    #[error(transparent)]
    Component(#[from] PublishError),
    #[error(transparent)]
    Section(#[from] SectionError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Name(#[from] monshyflow_manifest::InvalidTypeName),
}

impl NodeUnderTest {
    /// # Errors
    ///
    /// If publishing the component would be refused, too.
    pub async fn load(sandbox: &Sandbox, wasm: Bytes) -> Result<Self, UnusableNode> {
        let manifest = Manifest::parse(extract(&wasm)?)?;
        let loaded = sandbox.load(wasm).await?;
        let node_type = NodeType::from_manifest(manifest, loaded.digest())?;
        Ok(Self::new(Arc::new(node_type), loaded))
    }

    pub fn new(node_type: Arc<NodeType>, loaded: Loaded) -> Self {
        Self { node_type, loaded }
    }

    /// Calls the node as the case says. Answers everything that came otherwise than expected, in words.
    pub async fn run(&self, sandbox: &Sandbox, case: &Case) -> Vec<String> {
        self.play(sandbox, case).await.unwrap_or_else(|fault| vec![fault])
    }

    async fn play(&self, sandbox: &Sandbox, case: &Case) -> Result<Vec<String>, String> {
        let inputs = inputs(case, &self.node_type)?;
        let world = World::new(case).await?;
        for earlier in &case.before {
            let case = case.earlier(earlier);
            let inputs = crate::call::inputs(&case, &self.node_type)?;
            let outcome = call(sandbox, (&self.loaded, &self.node_type), &case, &inputs, &world).await?;
            if let Err(error) = outcome.result {
                return Err(format!("an earlier call failed: {}", error.message));
            }
        }
        let outcome = call(sandbox, (&self.loaded, &self.node_type), case, &inputs, &world).await?;
        let comparison = Comparison {
            node_type: &self.node_type,
            inputs: &inputs,
            blobs: &world.blobs,
        };
        let mut differences = world.problems();
        differences.extend(comparison.differences(case, &outcome));
        differences.extend(self.unfit_params(case)?);
        Ok(differences)
    }

    /// An example shows parameters that a workflow's author can write down. Those of other cases may be what an expression came
    /// to, which no schema checks.
    fn unfit_params(&self, case: &Case) -> Result<Option<String>, String> {
        if !case.example {
            return Ok(None);
        }
        let all = case.params().map_or_else(|each| each, |shared| vec![shared]);
        for text in all {
            let params: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            if let Err(errors) = self.node_type.check_params(&params) {
                let errors: Vec<_> = errors
                    .iter()
                    .map(|error| format!("{} (at `{}`)", error.message, error.pointer))
                    .collect();
                let errors = errors.join("; ");
                return Ok(Some(format!(
                    "the manifest's schema refuses the parameters: {errors}"
                )));
            }
        }
        Ok(None)
    }

    /// The manifest's examples as cases. What an example does not show, such as recorded requests, comes from the case of the
    /// same title.
    pub fn examples(&self, cases: &[(String, Case)]) -> Vec<Case> {
        let examples = self.node_type.manifest.examples.iter();
        examples.map(|example| self.as_case(example, cases)).collect()
    }

    /// The examples that need nothing beside the manifest: those without expressions, of a node type without capabilities.
    pub fn examples_that_stand_alone(&self) -> Vec<Case> {
        let manifest = &self.node_type.manifest;
        let examples = manifest
            .examples
            .iter()
            .filter(|example| manifest.capabilities.is_empty() && !example.params.to_string().contains("{{"));
        examples.map(|example| self.as_case(example, &[])).collect()
    }

    fn as_case(&self, example: &Example, cases: &[(String, Case)]) -> Case {
        let same = cases
            .iter()
            .find(|(_, case)| case.example && case.title == example.title);
        let base = same.map(|(_, case)| case.clone()).unwrap_or_default();
        let port = base.input.keys().next().or(self.node_type.inputs.first());
        let plain = |items: &Vec<Value>| items.iter().filter_map(plain).collect::<Vec<_>>();
        let expect = example
            .output
            .iter()
            .map(|(port, items)| (port.clone(), plain(items)));
        Case {
            title: example.title.clone(),
            example: true,
            params: raw(&example.params),
            params_per_item: None,
            input: port
                .map(|port| (port.clone(), plain(&example.input)))
                .into_iter()
                .collect(),
            expect: Some(expect.collect()),
            ..base
        }
    }
}

fn plain(json: &Value) -> Option<RecordedItem> {
    raw(json).map(RecordedItem::Plain)
}

fn raw(json: &Value) -> Option<Box<serde_json::value::RawValue>> {
    serde_json::value::to_raw_value(json).ok()
}
