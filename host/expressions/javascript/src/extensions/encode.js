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

// Both alphabets, with or without padding.
export function base64Decode(text) {
  const usual = text.replace(/-/g, '+').replace(/_/g, '/').replace(/\s+|=+$/g, '');
  let bytes;
  try {
    bytes = atob(usual.padEnd(Math.ceil(usual.length / 4) * 4, '='));
  } catch {
    throw new TypeError('base64Decode(): the text is not base64');
  }
  try {
    return decodeURIComponent(escape(bytes));
  } catch {
    throw new TypeError('base64Decode(): what is encoded is not a text in UTF-8');
  }
}
