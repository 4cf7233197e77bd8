//! The shop that `examples/orders` talks to: `GET /orders`, `GET /customers/{id}`, `POST /reports`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::Recorded;
use crate::http::{HttpServer, HttpServerBuilder};

/// A server with the shop's routes; reports that it received are in its ledger.
pub fn shop() -> HttpServerBuilder {
    HttpServer::builder()
        .on("/orders", |_: &Recorded| Json(orders()))
        .on("/customers/{id}", |request: &Recorded| customer(&request.path))
        .on("/reports", report)
}

/// Eight orders, six of them open, of three customers.
pub fn orders() -> Value {
    let order = |id: u32, customer: &str, status: &str, total: f64| json!({"id": id, "customerId": customer, "status": status, "total": total});
    json!([
        order(1, "c1", "open", 250.0),
        order(2, "c2", "open", 19.5),
        order(3, "c1", "closed", 80.0),
        order(4, "c3", "open", 120.0),
        order(5, "c2", "open", 310.25),
        order(6, "c3", "cancelled", 5.0),
        order(7, "c1", "open", 42.0),
        order(8, "c3", "open", 99.99),
    ])
}

fn customer(path: &str) -> Response {
    let id = path.rsplit('/').next().unwrap_or_default();
    let name = match id {
        "c1" => "Ada Lovelace",
        "c2" => "Grace Hopper",
        "c3" => "Käthe Paulus",
        _ => return (StatusCode::NOT_FOUND, Json(json!({"error": "no such customer"}))).into_response(),
    };
    Json(json!({"id": id, "name": name})).into_response()
}

fn report(request: &Recorded) -> Response {
    let reports = serde_json::from_str::<Value>(&request.body);
    match (request.method.as_str(), reports) {
        ("POST", Ok(_)) => (StatusCode::CREATED, Json(json!({"received": true}))).into_response(),
        ("POST", Err(error)) => {
            (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
