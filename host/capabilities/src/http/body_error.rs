use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, IoError};
use wasmtime_wasi_http::{Error, WasiHttpView};

/// The interface as wasmtime-wasi-http 48 names it.
const TYPES: &str = "wasi:http/types@0.2.12";

/// Replaces `http-error-code`, by which a guest learns why a body ended.
///
/// wasmtime-wasi-http 48.0.8 looks for an `error-code` in the stream's error, where it puts its own `Error`, so that it never
/// finds one and a body over the cap looks like a broken connection.
///
/// # Errors
///
/// If the linker has something else under this name, which no guest can cause.
pub(crate) fn link<T: WasiHttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let answer = |mut store: StoreContextMut<'_, T>, (error,): (Resource<IoError>,)| {
        let error = store.data_mut().http().table.get(&error)?;
        let known = error.downcast_ref::<ErrorCode>().cloned();
        Ok((known.or_else(|| error.downcast_ref().map(of_body)),))
    };
    linker.instance(TYPES)?.func_wrap("http-error-code", answer)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The errors that `ResponseBody` ends with.
fn of_body(error: &Error) -> ErrorCode {
    match error {
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::ConnectionTerminated => ErrorCode::ConnectionTerminated,
        Error::HttpResponseBodySize(size) => ErrorCode::HttpResponseBodySize(*size),
        Error::HttpResponseHeaderSectionSize(size) => ErrorCode::HttpResponseTrailerSectionSize(*size),
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpResponseTimeout => ErrorCode::HttpResponseTimeout,
        _ => ErrorCode::HttpProtocolError,
    }
}
