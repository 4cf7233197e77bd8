import { define } from './define.js';
import { base64Decode, base64Encode } from './encode.js';
import { hash } from './hash.js';
import { replaceSpecialChars, toSentenceCase, toSnakeCase, toTitleCase } from './spelling.js';
import { removeMarkdown, removeTags } from './markup.js';
import { textToDateTime } from '../time/parse.js';

const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const DOMAIN = `(?:${LABEL}\\.)+[\\p{L}]{2,63}`;
const EMAIL = `[A-Za-z0-9.!#$%&*+/=?^_{|}~\\-]+@${DOMAIN}`;
const HOST = `(?:${DOMAIN}|localhost|\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\])`;

const IS_DOMAIN = new RegExp(`^${DOMAIN}$`, 'u');
const IS_EMAIL = new RegExp(`^${EMAIL}$`, 'u');
const IS_URL = new RegExp(`^https?://(?:[^\\s/?#@]+@)?${HOST}(?::\\d{1,5})?(?:[/?#]\\S*)?$`, 'iu');
const FIND_EMAIL = new RegExp(EMAIL, 'u');
const FIND_URL = /https?:\/\/[^\s<>"'`]+/i;
const WITH_HOST = new RegExp(`^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^\\s/?#@]+@)?(${HOST})(?::\\d{1,5})?(?:[/?#].*)?$`, 'iu');
const NOT_TRUE = new Set(['', 'false', 'no', '0']);

define(String.prototype, {
  base64Encode,
  base64Decode,
  hash,
  removeTags,
  removeMarkdown,
  replaceSpecialChars,
  toSentenceCase,
  toSnakeCase,
  toTitleCase,
  extractDomain: (text) => WITH_HOST.exec(text.trim())?.[1],
  extractEmail: (text) => FIND_EMAIL.exec(text)?.[0],
  extractUrl: findUrl,
  extractUrlPath: (text) => /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+([^?#\s]*)/i.exec(text.trim())?.slice(1).map((path) => path || '/')[0],
  isDomain: (text) => IS_DOMAIN.test(text),
  isEmail: (text) => IS_EMAIL.test(text),
  isUrl: (text) => IS_URL.test(text),
  isNumeric: (text) => !/\s/.test(text) && text !== '' && Number.isFinite(Number(text)),
  isEmpty: (text) => text.length === 0,
  isNotEmpty: (text) => text.length > 0,
  isBlank: (text) => text.trim() === '',
  isNotBlank: (text) => text.trim() !== '',
  parseJson,
  quote: (text, mark = '"') => mark + text.replaceAll('\\', '\\\\').replaceAll(mark, () => `\\${mark}`) + mark,
  toBoolean: (text) => !NOT_TRUE.has(text.trim().toLowerCase()),
  toDateTime: textToDateTime,
  toDate: (text) => textToDateTime(text).toJSDate(),
  toNumber,
  toFloat: toNumber,
  toDecimalNumber: toNumber,
  toInt: toWhole,
  toWholeNumber: toWhole,
  toJsonString: (text) => JSON.stringify(text),
  urlEncode: (text, whole = false) => (whole ? encodeURI(text) : encodeURIComponent(text)),
  urlDecode: (text, whole = false) => (whole ? decodeURI(text) : decodeURIComponent(text)),
});

function findUrl(text) {
  const found = FIND_URL.exec(text)?.[0].replace(/[.,;:!?)\]}]+$/, '');
  return found !== undefined && IS_URL.test(found) ? found : undefined;
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toNumber(text) {
  const number = /^\s*[+-]?0[xob]/i.test(text) ? Number(text) : Number.parseFloat(text);
  if (!Number.isFinite(number)) throw new TypeError(`toNumber(): the text does not begin with a number: ${shown(text)}`);
  return number;
}

function toWhole(text, radix = 10) {
  const number = Number.parseInt(text, radix);
  if (!Number.isFinite(number)) throw new TypeError(`toInt(): the text does not begin with a number: ${shown(text)}`);
  return number;
}

function shown(text) {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
