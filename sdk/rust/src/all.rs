use std::rc::Rc;

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

/// Parameters of every item at the first input port, for nodes that take all items at once.
pub struct ItemParams<P>(Params<P>);

impl<P: DeserializeOwned> ItemParams<P> {
    /// Those of the first item.
    ///
    /// # Errors
    ///
    /// `no-items` if they depend on the item and there is none; `invalid-params`
    pub fn first(&self) -> Result<Rc<P>, NodeError> {
        self.0.of_call()
    }

    /// # Errors
    ///
    /// `invalid-params`, with the item
    pub fn of(&self, item: &Item) -> Result<Rc<P>, NodeError> {
        let at = item.reference();
        self.0
            .of_item(at.index as usize)
            .map_err(|error| error.with_item(at))
    }
}

/// Runs a handler once with everything, and with the parameters of each item; the macro `all_with_item_params!` calls this.
///
/// # Errors
///
/// What the handler says; shared parameters that do not fit `P`.
pub fn run_all_with_item_params<P, O>(
    call: Call,
    handler: impl Fn(&ItemParams<P>, Inputs, &Context) -> Result<O, NodeError>,
) -> Result<Outcome, NodeError>
where
    P: DeserializeOwned,
    O: IntoOutput,
{
    let params = ItemParams(Params::new(call.params)?);
    let output = handler(&params, Inputs { ports: call.inputs }, &call.context)?.into_output()?;
    let mut outcome = Outcome::default();
    output.add_to(&mut outcome, None);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::{Case, run_case};
    use crate::{Call, Context, Inputs, NodeError, Outcome, Output, run_all, suspension};

    #[derive(serde::Deserialize)]
    struct Params {
        ask: Vec<u32>,
        emit: usize,
    }

    fn node(call: Call) -> Result<Outcome, NodeError> {
        run_all(call, |params: &Params, inputs: Inputs, _: &Context| {
            match suspension::resumed() {
                Some(resumption) => return Err(NodeError::permanent("resumed", resumption.state)),
                None => params
                    .ask
                    .iter()
                    .for_each(|count| suspension::rounds(&[*count], 1, "s")),
            }
            Ok(Output::many(&inputs.items("in")[..params.emit]).to("body"))
        })
    }

    fn run(case: Value) -> Result<(), String> {
        let mut whole = json!({ "title": "", "input": { "in": [1, 2] }, "expect": { "body": [1, 2] } });
        for (name, value) in case.as_object().unwrap() {
            whole[name] = value.clone();
        }
        run_case(node, &serde_json::from_value::<Case>(whole).unwrap())
    }

    #[test]
    fn cases_compare_what_is_asked_for() {
        let asked = json!({ "ask": [2], "emit": 2 });
        let expected = json!({ "rounds": { "counts": [2], "concurrency": 1 }, "state": "s" });
        assert_eq!(run(json!({ "params": asked, "suspend": expected })), Ok(()));
        assert_eq!(run(json!({ "params": { "ask": [], "emit": 2 } })), Ok(()));
        let wrong = [
            json!({ "params": asked }),
            json!({ "params": { "ask": [], "emit": 2 }, "suspend": expected }),
            json!({ "params": asked, "suspend": { "rounds": { "counts": [2], "concurrency": 2 } } }),
            json!({ "params": asked, "suspend": { "rounds": { "counts": [2], "concurrency": 1 }, "state": "t" } }),
            json!({ "params": asked, "suspend": { "until": 1 } }),
        ];
        for case in wrong {
            assert!(run(case.clone()).is_err(), "{case}");
        }
    }

    #[test]
    fn cases_refuse_what_the_host_refuses() {
        let expected = json!({ "rounds": { "counts": [2], "concurrency": 1 } });
        let twice = run(json!({ "params": { "ask": [2, 2], "emit": 2 }, "suspend": expected }));
        assert!(twice.unwrap_err().contains("more than one"));
        let short =
            json!({ "params": { "ask": [2], "emit": 1 }, "suspend": expected, "expect": { "body": [1] } });
        assert!(run(short).unwrap_err().contains("for 2 items"));
    }

    #[test]
    fn the_state_comes_back_as_text() {
        let check = |state: Value, text: &str| {
            let error = json!({ "code": "resumed", "message": text });
            let resumed = json!({ "by": "timed-out", "state": state });
            let case = json!({ "title": "", "params": { "ask": [], "emit": 0 }, "resumed": resumed, "error": error });
            run_case(node, &serde_json::from_value::<Case>(case).unwrap()).unwrap();
        };
        check(json!("{\"round\": 1}"), "{\"round\": 1}");
        check(json!({ "round": 1 }), "{\"round\":1}");
    }

    #[test]
    fn without_items_there_may_be_no_parameters() {
        let case = |expected: &str, value: Value| -> Case {
            serde_json::from_value(
                json!({ "title": "", "paramsPerItem": [], "input": { "in": [] }, expected: value }),
            )
            .unwrap()
        };
        run_case(
            node,
            &case("error", json!({ "code": "no-items", "kind": "invalid-input" })),
        )
        .unwrap();
        let optional = |call| {
            run_all(call, |params: &Option<Params>, _: Inputs, _: &Context| {
                Ok(params.is_none())
            })
        };
        run_case(optional, &case("expect", json!({ "main": [true] }))).unwrap();
    }

    #[test]
    fn every_item_can_have_parameters_of_its_own() {
        let node = |call| {
            super::run_all_with_item_params(
                call,
                |params: &super::ItemParams<u32>, inputs: Inputs, _: &Context| {
                    let items = inputs.items("in");
                    let each = items.iter().map(|item| params.of(item).map(|params| *params));
                    Ok((*params.first()?, each.collect::<Result<Vec<_>, _>>()?))
                },
            )
        };
        let case = |params: Value, expected: &str, value: Value| -> Case {
            let mut case = json!({ "title": "", "input": { "in": [1, 2] } });
            let name = if params.is_array() {
                "paramsPerItem"
            } else {
                "params"
            };
            case[name] = params;
            case[expected] = value;
            serde_json::from_value(case).unwrap()
        };
        run_case(
            node,
            &case(json!([7, 8]), "expect", json!({ "main": [[7, [7, 8]]] })),
        )
        .unwrap();
        run_case(node, &case(json!(7), "expect", json!({ "main": [[7, [7, 7]]] }))).unwrap();
        let error = json!({ "code": "invalid-params", "item": [0, 1] });
        run_case(node, &case(json!([7, "x"]), "error", error)).unwrap();
    }

    #[test]
    fn items_at_fault_leave_by_the_port_for_errors() {
        let fetch = |call| {
            run_all(call, |_: &Value, inputs: Inputs, _: &Context| {
                let problem = inputs.items("in")[0]
                    .require_attachment("data")
                    .map(drop)
                    .unwrap_err();
                Ok(Output::one(&inputs.items("in")[1]).and(Output::failed(problem)))
            })
        };
        let error = json!({ "code": "missing-attachment", "item": [0, 0], "message": "no attachment `data`; it has `logo`" });
        let items = json!([{ "$item": { "binary": { "logo": {} } } }, 2]);
        let case = json!({ "title": "", "input": { "in": items }, "expect": { "main": [2], "error": [{ "$failed": error }] } });
        run_case(fetch, &serde_json::from_value::<Case>(case).unwrap()).unwrap();
    }
}
