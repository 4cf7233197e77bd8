// Moments out of texts and numbers.

import { DateTime } from './luxon.js';

const DAY = 86_400_000;
// Day 25569 of a spreadsheet is 1970-01-01.
const EXCEL_EPOCH = 25_569;
const UNITS = new Set(['ms', 's', 'us', 'excel']);

export function textToDateTime(text, format) {
  const trimmed = text.trim();
  if (UNITS.has(format)) return numberToDateTime(Number(trimmed), format);
  if (format !== undefined) return checked(DateTime.fromFormat(trimmed, format), text);
  if (/^-?\d{9,}$/.test(trimmed)) return numberToDateTime(Number(trimmed), 'ms');
  const readers = [DateTime.fromISO, DateTime.fromHTTP, DateTime.fromRFC2822, DateTime.fromSQL];
  for (const read of readers) {
    const moment = read(trimmed, { setZone: true });
    if (moment.isValid) return moment;
  }
  const milliseconds = Date.parse(trimmed);
  return checked(DateTime.fromMillis(Number.isNaN(milliseconds) ? NaN : milliseconds), text);
}

export function numberToDateTime(number, unit = 'ms') {
  if (!Number.isFinite(number)) throw new TypeError(`${number} is no moment`);
  if (unit === 'ms') return DateTime.fromMillis(number);
  if (unit === 's') return DateTime.fromMillis(number * 1000);
  if (unit === 'us') return DateTime.fromMillis(number / 1000);
  if (unit === 'excel') return DateTime.fromMillis(Math.round((number - EXCEL_EPOCH) * DAY));
  throw new TypeError(`toDateTime() knows no \`${unit}\`; there are ms, s, us and excel`);
}

// A DateTime of whatever stands for a moment.
export function momentOf(value) {
  if (DateTime.isDateTime(value)) return value;
  if (value instanceof Date) return DateTime.fromJSDate(value);
  if (typeof value === 'number') return numberToDateTime(value);
  if (typeof value === 'string') return textToDateTime(value);
  throw new TypeError(`a date is wanted here, not ${value === null ? 'null' : typeof value}`);
}

function checked(moment, text) {
  if (!moment.isValid) throw new TypeError(`this is no date: ${JSON.stringify(text.slice(0, 60))}. \`DateTime.fromFormat(text, format)\` reads other formats`);
  return moment;
}
