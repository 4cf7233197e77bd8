use std::borrow::Cow;
use std::io::Write;

use serde::de::DeserializeOwned;

use super::{Error, ErrorKind, Url, charset, date};
use crate::{Attachment, blobs, host};

/// Bytes in one read.
const PIECE: usize = 64 * 1024;

/// The status and headers of a response; its body follows when asked for.
pub struct Response {
    url: Url,
    head: Head,
    body: host::ResponseBody,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Response {
    pub(crate) fn new(url: Url, head: Head, body: host::ResponseBody) -> Self {
        Self { url, head, body }
    }

    /// Where the response came from, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// Names in lower case; a header that came several times stands there several times.
    pub fn headers(&self) -> &[(String, String)] {
        &self.head.headers
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .head
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The type of the body without parameters, in lower case, such as `application/json`.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?.split(';').next().unwrap_or_default();
        Some(value.trim().to_ascii_lowercase()).filter(|media_type| !media_type.is_empty())
    }

    /// The pause that the other side asks for (RFC 9110, section 10.2.3), in milliseconds from when it answered.
    pub fn retry_after_ms(&self) -> Option<u32> {
        date::retry_after_ms(self.header("retry-after")?, self.header("date"))
    }

    /// # Errors
    ///
    /// Of kind `TooLarge` if there are more than `limit` bytes; otherwise if the connection breaks.
    pub fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.each_piece(limit, |piece| {
            bytes.extend_from_slice(&piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// The body as text: UTF-8, or Latin-1 if the response says so. Bytes that are neither become U+FFFD.
    ///
    /// # Errors
    ///
    /// As [`Response::bytes`].
    pub fn text(&mut self, limit: usize) -> Result<String, Error> {
        let bytes = self.bytes(limit)?;
        if self.header("content-type").is_some_and(charset::is_latin1) {
            return Ok(charset::latin1(&bytes));
        }
        let bytes = bytes
            .strip_prefix(b"\xEF\xBB\xBF")
            .map(<[u8]>::to_vec)
            .unwrap_or(bytes);
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// # Errors
    ///
    /// As [`Response::bytes`]; of kind `Body` if the body is not JSON of that shape.
    pub fn json<T: DeserializeOwned>(&mut self, limit: usize) -> Result<T, Error> {
        let text = self.text(limit)?;
        serde_json::from_str(&text).map_err(|error| {
            Error::new(
                ErrorKind::Body,
                format!(
                    "the response of {} is not the JSON that was expected: {error}",
                    self.url
                ),
            )
        })
    }

    /// The body, streamed into a new attachment. Its file name comes from `content-disposition` or the URL.
    ///
    /// # Errors
    ///
    /// As [`Response::bytes`]; of kind `Blob` if the host cannot write.
    pub fn to_attachment(&mut self, name: &str, limit: usize) -> Result<Attachment, Error> {
        let mut writer = blobs::create()?;
        self.each_piece(limit, |piece| Ok(writer.write_all(&piece)?))?;
        let media_type = self
            .header("content-type")
            .unwrap_or("application/octet-stream")
            .to_owned();
        Ok(writer.finish(name, &media_type, self.file_name())?)
    }

    fn each_piece(
        &mut self,
        limit: usize,
        mut take: impl FnMut(Vec<u8>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let announced = self
            .header("content-length")
            .and_then(|length| length.parse().ok());
        let mut length = 0;
        if announced.is_none_or(|announced: usize| announced <= limit) {
            loop {
                let piece = self.body.read(PIECE)?;
                if piece.is_empty() {
                    return Ok(());
                }
                length += piece.len();
                if length > limit {
                    break;
                }
                take(piece)?;
            }
        }
        Err(Error::new(
            ErrorKind::TooLarge,
            format!("the response of {} has more than {limit} bytes", self.url),
        ))
    }

    fn file_name(&self) -> Option<String> {
        let disposition = self.header("content-disposition").and_then(file_name_in);
        let path = self.url.path_and_query();
        let last = path
            .split('?')
            .next()
            .and_then(|path| path.rsplit('/').next())
            .map(percent_decoded);
        let name = disposition.or(last)?;
        // A base name, whatever the other side says.
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = name
            .chars()
            .filter(|character| !character.is_control())
            .take(255)
            .collect();
        Some(name).filter(|name| !name.is_empty() && name != "." && name != "..")
    }
}

/// The file name in a `content-disposition` (RFC 6266); the extended form wins.
fn file_name_in(disposition: &str) -> Option<String> {
    let parameter = |wanted: &str| {
        disposition.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim().trim_matches('"'))
        })
    };
    let extended = parameter("filename*")
        .and_then(|value| value.rsplit_once('\''))
        .map(|(_, name)| percent_decoded(name));
    extended.or_else(|| parameter("filename").map(str::to_owned))
}

fn percent_decoded(text: &str) -> String {
    // Form decoding reads `+` as a space, which here is a plus.
    let plus = text.replace('+', "%2B");
    let pair = form_urlencoded::parse(plus.as_bytes()).next();
    pair.map_or_else(String::new, |(name, _)| Cow::into_owned(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_base_names() {
        let check = |disposition: &str, expected: Option<&str>| {
            assert_eq!(file_name_in(disposition).as_deref(), expected, "{disposition}");
        };
        check("attachment; filename=\"report 1.pdf\"", Some("report 1.pdf"));
        check(
            "attachment; filename=a.txt; filename*=UTF-8''%C3%A4+1.txt",
            Some("ä+1.txt"),
        );
        check("inline", None);
    }
}
