use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use axum::http::header;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{Problem, code};

/// A body takes at most this long, and one second more for each `SLOWEST_BYTES_PER_SECOND` that its limit allows.
const BODY_SECONDS: u64 = 30;
const SLOWEST_BYTES_PER_SECOND: u64 = 256 * 1024;

/// How much of a body that is refused is read and thrown away: many clients send all of it before they look at the
/// answer, and would only see the connection break.
const MOST_DISCARDED: usize = 64 << 20;
const LONGEST_DISCARD: Duration = Duration::from_secs(10);

/// A JSON body that somebody else parses; here it is only known to be UTF-8 and at most `MAX` bytes.
#[derive(Debug)]
pub struct JsonBytes<const MAX: usize>(pub Bytes);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for JsonBytes<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_json(request, MAX).await.map(Self)
    }
}

/// Nothing at all is `None`; a body without a media type is refused all the same.
impl<S: Send + Sync, const MAX: usize> OptionalFromRequest<S> for JsonBytes<MAX> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, _: &S) -> Result<Option<Self>, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            let nothing = Limited::new(request.body_mut(), 0).collect();
            let wait = Duration::from_secs(BODY_SECONDS);
            if let Ok(Ok(_)) = tokio::time::timeout(wait, nothing).await {
                return Ok(None);
            }
        }
        read_json(request, MAX).await.map(|bytes| Some(Self(bytes)))
    }
}

pub(crate) async fn read_json(request: Request, max: usize) -> Result<Bytes, Problem> {
    let bytes = read_body(request, "application/json", max).await?;
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let at = error.valid_up_to();
            let detail = format!("the body must be UTF-8, but the byte at offset {at} is not");
            Err(Problem::new(&code::INVALID_UTF8, detail).extend("offset", at))
        }
    }
}

/// The whole body, if it says that it is of `media_type` (parameters such as `charset` are ignored), is at most `max`
/// bytes and arrives in time.
///
/// # Errors
///
/// 415, 413, 408, or 400 if the client stopped sending.
pub async fn read_body(request: Request, media_type: &str, max: usize) -> Result<Bytes, Problem> {
    // Who asks before sending is told at once.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let said = request
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or_default());
    let essence = said
        .and_then(|said| said.split(';').next())
        .unwrap_or_default()
        .trim();
    if !essence.eq_ignore_ascii_case(media_type) {
        let said = said.map_or("no content type".to_owned(), |said| {
            format!("`{}`", crate::query::short(said))
        });
        let detail = format!("send the body as `content-type: {media_type}`; this request says {said}");
        if !asks_first {
            discard(request.into_body()).await;
        }
        return Err(Problem::new(&code::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let announced = announced
        .and_then(|length| length.parse::<u64>().ok())
        .unwrap_or(0);
    let mut body = request.into_body();
    if announced > max as u64 {
        if !asks_first {
            discard(body).await;
        }
        return Err(too_large(max));
    }
    let patience = Duration::from_secs(BODY_SECONDS + max as u64 / SLOWEST_BYTES_PER_SECOND);
    match tokio::time::timeout(patience, Limited::new(&mut body, max).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            discard(body).await;
            Err(too_large(max))
        }
        Ok(Err(_)) => {
            let detail = "the connection ended before the whole body had arrived; send it again";
            Err(Problem::new(&code::BODY_INCOMPLETE, detail))
        }
        Err(_) => {
            let detail = format!("the whole body must arrive within {} s", patience.as_secs());
            Err(Problem::new(&code::BODY_TIMEOUT, detail))
        }
    }
}

async fn discard(mut body: Body) {
    let mut left = MOST_DISCARDED;
    let _ = tokio::time::timeout(LONGEST_DISCARD, async {
        while let Some(Ok(frame)) = body.frame().await {
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(less) => left = less,
                None => break,
            }
        }
    })
    .await;
}

fn too_large(max: usize) -> Problem {
    let detail = format!("this operation takes bodies of at most {max} bytes");
    Problem::new(&code::BODY_TOO_LARGE, detail).extend("maxBytes", max)
}
