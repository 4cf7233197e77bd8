use std::convert::Infallible;
use std::time::Duration;

use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;

/// Proxies close connections that say nothing for a minute or even half of one.
const SILENCE: Duration = Duration::from_secs(15);

/// An event stream that says something now and then, also when nothing happens.
pub(crate) fn stream<S>(events: S) -> Sse<impl Stream<Item = Result<Event, Infallible>>>
where
    S: Stream<Item = Event> + Send + 'static,
{
    use futures::StreamExt;
    Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(SILENCE).text("keep-alive"))
}
