// Base64 (RFC 4648) of UTF-8, and UTF-8 itself: the engine has no TextEncoder.

export function utf8(text) {
  const encoded = unescape(encodeURIComponent(text.toWellFormed()));
  const bytes = new Uint8Array(encoded.length);
  for (let i = 0; i < encoded.length; i++) bytes[i] = encoded.charCodeAt(i);
  return bytes;
}

export function base64Encode(text) {
  return btoa(unescape(encodeURIComponent(text.toWellFormed())));
}

export function base64Decode(text) {
  try {
    return decodeURIComponent(escape(decoded(text, 'base64Decode(): the text')));
  } catch (error) {
    throw error instanceof URIError ? new TypeError('base64Decode(): what is encoded is not a text in UTF-8') : error;
  }
}

export function base64Bytes(text) {
  const bytes = decoded(text, 'the data');
  return Uint8Array.from(bytes, (c) => c.charCodeAt(0));
}

// Both alphabets, with or without padding.
function decoded(text, what) {
  const usual = text.replace(/-/g, '+').replace(/_/g, '/').replace(/\s+|=+$/g, '');
  try {
    return atob(usual.padEnd(Math.ceil(usual.length / 4) * 4, '='));
  } catch {
    throw new TypeError(`${what} is not base64`);
  }
}
