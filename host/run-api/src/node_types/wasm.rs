use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use monshyflow_web::{MIB, Problem, read_body};

/// As the catalog takes.
const LARGEST: usize = 32 * MIB;

/// A component as it is: the body is the file.
#[derive(Debug)]
pub(crate) struct Wasm(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Wasm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_body(request, "application/wasm", LARGEST).await.map(Self)
    }
}
