use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

use super::audit::{Exchange, Meter};
use super::fault;
use super::headers::section_size;

/// The guest's body on its way out: counted, limited, and as long as its `content-length` says.
pub(super) struct RequestBody {
    inner: WasiBody,
    meter: Arc<Meter>,
    declared: Option<u64>,
    most: u64,
    trailers: usize,
}

/// A server's body on its way in. Holds its exchange, so that the entry is written when the guest has read it to the end,
/// dropped it, or died.
pub(super) struct ResponseBody {
    /// None after the end or an error, when the connection is no longer needed.
    inner: Option<(Incoming, Exchange)>,
    meter: Arc<Meter>,
    most: u64,
    between: Duration,
    /// Runs while the guest waits for the next piece.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl RequestBody {
    /// `most` bytes of content, `trailers` bytes of trailers.
    pub(super) fn new(
        inner: WasiBody,
        meter: Arc<Meter>,
        declared: Option<u64>,
        most: u64,
        trailers: usize,
    ) -> Self {
        Self {
            inner,
            meter,
            declared,
            most,
            trailers,
        }
    }

    fn check(&self, frame: &Frame<Bytes>) -> Result<(), Error> {
        if let Some(data) = frame.data_ref() {
            let total = self.meter.sent(data.len());
            let most = self.declared.unwrap_or(self.most).min(self.most);
            if total > most {
                return Err(Error::HttpRequestBodySize(Some(most)));
            }
        }
        match frame.trailers_ref().map(section_size) {
            Some(size) if size > self.trailers => {
                Err(Error::HttpRequestTrailerSectionSize(u32::try_from(size).ok()))
            }
            _ => Ok(()),
        }
    }

    fn check_end(&self) -> Result<(), Error> {
        let total = self.meter.sent(0);
        match self.declared {
            Some(declared) if total < declared => Err(Error::HttpRequestBodySize(Some(total))),
            _ => Ok(()),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.inner)
            .poll_frame(context)
            .map(|frame| match frame {
                Some(Ok(frame)) => Some(self.check(&frame).map(|()| frame)),
                Some(Err(error)) => Some(Err(error)),
                None => self.check_end().err().map(Err),
            })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl ResponseBody {
    /// At most `most` bytes, and `between` for the next piece when the guest waits for it.
    pub(super) fn new(inner: Incoming, exchange: Exchange, most: u64, between: Duration) -> Self {
        let meter = Arc::clone(exchange.meter());
        // An empty body may never be asked for its end.
        let inner = (!inner.is_end_stream()).then_some((inner, exchange));
        Self {
            inner,
            meter,
            most,
            between,
            waiting: None,
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some((_, mut exchange)) = self.inner.take() {
            exchange.failed(&error);
        }
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some((inner, _)) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(inner).poll_frame(context);
        let Poll::Ready(frame) = polled else {
            let between = self.between;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(between)));
            return match waiting.as_mut().poll(context) {
                Poll::Ready(()) => self.fail(Error::ConnectionReadTimeout),
                Poll::Pending => Poll::Pending,
            };
        };
        self.waiting = None;
        match frame {
            None => {
                self.inner = None;
                Poll::Ready(None)
            }
            Some(Err(error)) => self.fail(fault::of_hyper(&error)),
            Some(Ok(frame)) => {
                let total = self.meter.received(frame.data_ref().map_or(0, Bytes::len));
                if total > self.most {
                    let most = self.most;
                    return self.fail(Error::HttpResponseBodySize(Some(most)));
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(|(inner, _)| inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), |(inner, _)| inner.size_hint())
    }
}
