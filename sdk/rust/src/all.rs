use serde::de::DeserializeOwned;

use crate::call::{Call, Input, Outcome};
use crate::params::Params;
use crate::{Context, IntoOutput, Item, NodeError};

/// Everything that arrived, by input port.
#[derive(Debug, Clone)]
pub struct Inputs {
    ports: Vec<Input>,
}

impl Inputs {
    /// The ports with items or connected edges, in the order of the manifest.
    pub fn ports(&self) -> &[Input] {
        &self.ports
    }

    /// The items at a port; none if nothing arrived there.
    pub fn items(&self, port: &str) -> &[Item] {
        self.ports
            .iter()
            .find(|input| input.port == port)
            .map_or(&[], |input| &input.items)
    }

    /// All items of all ports, in order.
    pub fn all(&self) -> impl Iterator<Item = &Item> {
        self.ports.iter().flat_map(|input| &input.items)
    }
}

/// Runs a handler once with everything; the macro `all!` calls this. Where parameters depend on the item, those of the first
/// item count; if there is no item, `Option<P>` in the place of `P` is none, and anything else is an error.
///
/// # Errors
///
/// What the handler says; parameters that do not fit `P`.
pub fn run_all<P, O>(
    call: Call,
    handler: impl Fn(&P, Inputs, &Context) -> Result<O, NodeError>,
) -> Result<Outcome, NodeError>
where
    P: DeserializeOwned,
    O: IntoOutput,
{
    let params = Params::<P>::new(call.params)?.of_call()?;
    let output = handler(&params, Inputs { ports: call.inputs }, &call.context)?.into_output()?;
    let mut outcome = Outcome::default();
    output.add_to(&mut outcome, None);
    Ok(outcome)
}
