//! Hashes, signs, verifies, encodes and decodes data, and makes random values.

mod encoding;
mod generate;
mod hash;
mod input;
mod params;
mod sign;
mod verify;

use monshyflow_sdk::{Context, Item, NewItem, NodeError, Path, each};
use serde_json::Value;

use encoding::decode;
use input::Input;
pub use params::Params;
use params::{Kind, Operation};

fn run(params: &Params, item: Item, context: &Context) -> Result<NewItem, NodeError> {
    if params.operation == Operation::Generate && params.kind == Kind::Bytes {
        let attachment = generate::attachment(params)?;
        return Ok(item.replaced(item.text().to_owned()).with(attachment));
    }
    let invalid = |error: String| NodeError::invalid_param("/outputField", error);
    let path = Path::parse(&params.output_field).map_err(|error| invalid(error.to_string()))?;
    let mut object = item.object()?;
    let result = result(params, &item, context)?;
    object
        .set(&path, result.to_string())
        .map_err(|error| invalid(error.to_string()))?;
    Ok(item.replaced(object.to_text()))
}

fn result(params: &Params, item: &Item, context: &Context) -> Result<Value, NodeError> {
    let encoded = |bytes: Vec<u8>| Value::from(params.encoding.encode(&bytes));
    match params.operation {
        Operation::Hash => hash::hash(params.algorithm, Input::new(params, item)?).map(encoded),
        Operation::Hmac => {
            let secret = hash::secret(params)?;
            hash::hmac(params.algorithm, &secret, Input::new(params, item)?).map(encoded)
        }
        Operation::Sign => sign::sign(params, Input::new(params, item)?).map(encoded),
        Operation::VerifyHmac => verify::hmac(params, Input::new(params, item)?).map(Value::from),
        Operation::VerifySignature => verify::signature(params, Input::new(params, item)?).map(Value::from),
        Operation::Generate => generate::text(params, context).map(Value::from),
        Operation::Encode => Input::new(params, item)?.whole().map(encoded),
        Operation::Decode => {
            let bytes = decode(params.encoding, &input::text(params)?, "/value")?;
            String::from_utf8(bytes).map(Value::from).map_err(|_| {
                let message =
                    "the decoded value is not text in UTF-8; make an attachment of it with the node `binary`";
                NodeError::invalid("not-text", message).at("/value")
            })
        }
    }
}

each!(run);
