use monshyflow_engine::StepError;
use monshyflow_items::{Item, ItemRef, Json, Source};
use serde_json::{Map, Value, json};

/// The input item that goes on after an error, with `error` attached. A value that is no object becomes `{"value": ..}`.
pub(crate) fn degrade(item: &Item, from: ItemRef, error: &StepError) -> Item {
    let mut fields = match item.json.to_value() {
        Ok(Value::Object(fields)) => fields,
        Ok(other) => Map::from_iter([("value".to_owned(), other)]),
        Err(_) => Map::new(),
    };
    fields.insert("error".to_owned(), error_json(error));
    Item {
        json: Json::from_value(&Value::Object(fields)),
        source: Source::One(from),
        binary: item.binary.clone(),
    }
}

/// What goes on after the error of a step that had no items.
pub(crate) fn degraded_nothing(error: &StepError) -> Item {
    Item::new(Json::from_value(&json!({ "error": error_json(error) })))
}

/// An error as workflows and clients see it.
pub(crate) fn error_json(error: &StepError) -> Value {
    let details: Option<Value> = error
        .details
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let mut value = json!({ "code": error.code, "message": error.message });
    if let (Some(details), Value::Object(fields)) = (details, &mut value) {
        fields.insert("details".to_owned(), details);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_joins_the_item() {
        let error = StepError {
            code: "http-status".into(),
            message: "404".into(),
            retryable: false,
            retry_after_ms: None,
            details: Some(r#"{"status":404}"#.into()),
        };
        let from = ItemRef { port: 0, index: 3 };
        let item = Item::new(Json::from_value(&json!({"id": 1})));
        let degraded = degrade(&item, from, &error);
        assert_eq!(
            degraded.json.to_value().unwrap(),
            json!({"id": 1, "error": {"code": "http-status", "message": "404", "details": {"status": 404}}})
        );
        assert_eq!(degraded.source, Source::One(from));
        let number = degrade(&Item::new(Json::from_value(&json!(5))), from, &error);
        assert_eq!(number.json.to_value().unwrap()["value"], 5);
    }
}
