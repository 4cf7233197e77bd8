use super::bindings::monshyflow::node::response as wit;
use crate::response::{Body, Error, Response};

pub(crate) fn set_response(response: &Response) -> Result<(), Error> {
    let headers = response.headers.iter().map(|(name, value)| wit::Header {
        name: name.clone(),
        value: value.clone(),
    });
    let answer = wit::Answer {
        status: response.status,
        headers: headers.collect(),
        body: match &response.body {
            Body::Empty => wit::Body::None,
            Body::Text(text) => wit::Body::Text(text.clone()),
            Body::Attachment(attachment) => wit::Body::Blob(attachment.blob),
        },
    };
    wit::set(&answer).map_err(|error| match error {
        wit::Error::Invalid(reason) => Error::Invalid(reason),
        wit::Error::Limit(limit) => Error::Limit(limit),
        wit::Error::Answered => Error::Answered,
    })
}
