use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use wasmtime_wasi_http::Error;

use super::audit::Exchange;
use super::body::{RequestBody, ResponseBody};
use super::call::{CallState, Sent};
use super::config::EgressLimits;
use super::denial::DenialReason;
use super::egress::Egress;
use super::fault;
use super::headers::section_size;
use super::target::Target;

/// How long the steps of a request may take, as clamped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) between_bytes: Duration,
}

/// A request that may be sent: checked, counted and granted.
pub(super) struct Admitted {
    pub(super) request: Request<RequestBody>,
    pub(super) target: Target,
    pub(super) egress: Arc<Egress>,
    pub(super) state: Arc<CallState>,
    pub(super) exchange: Exchange,
    pub(super) times: Times,
}

impl Admitted {
    pub(super) async fn send(self) -> Sent {
        let Self {
            request,
            target,
            egress,
            state,
            mut exchange,
            times,
        } = self;
        let answer = async {
            wait_for_place(&mut exchange, &state, &egress, times.connect).await?;
            let client = egress.client();
            let response = exchange_heads(&client, request, &exchange, times).await;
            let response = response.map_err(|failure| match failure {
                Failure::Client(error) => match fault::prohibited(&error) {
                    Some((address, why)) => state.deny(
                        Some(&target),
                        DenialReason::Address {
                            address: address.to_owned(),
                            why,
                        },
                    ),
                    None => fault::of_client(&error),
                },
                Failure::Timeout(error) => error,
            })?;
            exchange.answered(response.status().as_u16());
            check_response(&response, egress.limits())?;
            Ok(response)
        };
        let response = match answer.await {
            Ok(response) => response,
            Err(error) => {
                exchange.failed(&error);
                return Err(error);
            }
        };
        let (mut parts, body) = response.into_parts();
        parts.extensions.clear();
        let body = ResponseBody::new(
            body,
            exchange,
            egress.limits().response_body_bytes,
            times.between_bytes,
        );
        let response = Response::from_parts(parts, body.boxed_unsync());
        Ok((response, Box::new(std::future::ready(Ok(())))))
    }
}

enum Failure {
    Client(legacy::Error),
    Timeout(Error),
}

/// A place among the call's concurrent requests, and the tenant's rate.
async fn wait_for_place(
    exchange: &mut Exchange,
    state: &CallState,
    egress: &Egress,
    longest: Duration,
) -> Result<(), Error> {
    let deadline = Instant::now() + longest;
    let slot = timeout_at(deadline, Arc::clone(state.slots()).acquire_owned()).await;
    let slot = slot
        .ok()
        .and_then(Result::ok)
        .ok_or(Error::ConnectionLimitReached)?;
    exchange.hold(slot);
    let left = deadline.saturating_duration_since(Instant::now());
    let wait = egress.wait_for_rate(left).ok_or(Error::ConnectionLimitReached)?;
    if !wait.is_zero() {
        sleep(wait).await;
    }
    Ok(())
}

/// Connects, sends the request and waits for the response's headers. The wait for the first byte begins anew with each
/// piece of the request's body, so that a long upload is not a timeout.
async fn exchange_heads(
    client: &legacy::Client<super::connect::Connector, RequestBody>,
    mut request: Request<RequestBody>,
    exchange: &Exchange,
    times: Times,
) -> Result<Response<Incoming>, Failure> {
    let captured = capture_connection(&mut request);
    let response = client.request(request);
    tokio::pin!(response);
    tokio::select! {
        biased;
        response = &mut response => return response.map_err(Failure::Client),
        () = connected(captured) => {}
        () = sleep(times.connect) => return Err(Failure::Timeout(Error::ConnectionTimeout)),
    }
    let meter = exchange.meter();
    meter.touch();
    loop {
        let deadline = meter.last_moved() + times.first_byte;
        tokio::select! {
            biased;
            response = &mut response => return response.map_err(Failure::Client),
            () = sleep_until(deadline) => {
                if meter.last_moved() + times.first_byte <= deadline {
                    return Err(Failure::Timeout(Error::HttpResponseTimeout));
                }
            }
        }
    }
}

async fn connected(mut captured: CaptureConnection) {
    captured.wait_for_connection_metadata().await;
}

fn check_response(response: &Response<Incoming>, limits: &EgressLimits) -> Result<(), Error> {
    // Nobody asked for another protocol: the guest may not send `upgrade`.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Error::HttpUpgradeFailed);
    }
    let size = section_size(response.headers());
    if size > limits.header_bytes {
        return Err(Error::HttpResponseHeaderSectionSize(u32::try_from(size).ok()));
    }
    let least = response.body().size_hint().lower();
    if least > limits.response_body_bytes {
        return Err(Error::HttpResponseBodySize(Some(least)));
    }
    Ok(())
}
