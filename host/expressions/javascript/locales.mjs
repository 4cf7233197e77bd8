// Writes src/intl/locales.json from this Node's own locale data (Unicode CLDR): `node locales.mjs`. Run it to add a locale.

import { writeFileSync } from 'node:fs';

const LOCALES = `en-US en-GB en-AU en-CA en-IN de-DE de-AT de-CH fr-FR fr-CA es-ES es-MX it-IT pt-BR pt-PT nl-NL pl-PL sv-SE da-DK nb-NO fi-FI cs-CZ
  hu-HU ro-RO tr-TR uk-UA ru-RU ja-JP zh-CN ko-KR`.split(/\s+/);
const CURRENCIES = 'USD EUR GBP JPY CNY INR KRW BRL MXN CAD AUD NZD CHF SEK NOK DKK PLN CZK HUF RON TRY UAH RUB ILS ZAR SGD HKD THB VND PHP AED CLP'.split(' ');
const SAMPLE = new Date(Date.UTC(2024, 8, 5, 9, 4, 7));
const UTC = { timeZone: 'UTC' };

const months = (locale, options) => Array.from({ length: 12 }, (_, month) => partOf(locale, new Date(Date.UTC(2024, month, 5)), options, 'month'));
const weekdays = (locale, options) => Array.from({ length: 7 }, (_, day) => partOf(locale, new Date(Date.UTC(2024, 0, 7 + day)), options, 'weekday'));

function partOf(locale, date, options, type) {
  const parts = new Intl.DateTimeFormat(locale, { ...UTC, ...options }).formatToParts(date);
  return parts.find((part) => part.type === type)?.value ?? '';
}

// A pattern with the letters that CLDR uses, as few as the locale wants.
function pattern(locale, options) {
  const letters = { literal: (text) => text, weekday: (text) => width(text, locale, 'weekday', 'EEEE', 'EEE'), month: (text) => monthLetters(text, locale) };
  const numbers = { day: 'd', hour: options.hour12 ? 'h' : 'H', minute: 'm', second: 's' };
  return new Intl.DateTimeFormat(locale, { ...UTC, ...options })
    .formatToParts(SAMPLE)
    .map(({ type, value }) => {
      if (type in letters) return type === 'literal' ? value : `{${letters[type](value)}}`;
      if (type in numbers) return `{${numbers[type].repeat(value.length)}}`;
      if (type === 'year') return value.length === 2 ? '{yy}' : '{yyyy}';
      if (type === 'dayPeriod') return '{a}';
      throw new Error(`${locale}: ${type} ${value}`);
    })
    .join('');
}

function width(text, locale, type, long, short) {
  return text === partOf(locale, SAMPLE, { [type]: 'short' }, type) ? short : long;
}

function monthLetters(text, locale) {
  if (/^\d+$/.test(text)) return 'M'.repeat(text.length);
  return text === partOf(locale, SAMPLE, { month: 'short', day: 'numeric' }, 'month') || text === partOf(locale, SAMPLE, { month: 'short' }, 'month') ? 'MMM' : 'MMMM';
}

function datePatterns(locale) {
  const found = {};
  for (const weekday of ['', 'w']) for (const year of ['', 'y']) for (const month of ['', 'n', 's', 'l']) for (const day of ['', 'd']) {
    const key = weekday + year + month + day;
    if (key === '') continue;
    const options = {};
    if (weekday) options.weekday = 'long';
    if (year) options.year = 'numeric';
    if (month) options.month = { n: 'numeric', s: 'short', l: 'long' }[month];
    if (day) options.day = 'numeric';
    found[key] = pattern(locale, options);
  }
  return found;
}

function timePatterns(locale) {
  const found = {};
  for (const hour12 of [true, false]) {
    const key = hour12 ? '12' : '24';
    found[`h${key}`] = pattern(locale, { hour: 'numeric', hour12 });
    found[`hm${key}`] = pattern(locale, { hour: 'numeric', minute: 'numeric', hour12 });
    found[`hms${key}`] = pattern(locale, { hour: 'numeric', minute: 'numeric', second: 'numeric', hour12 });
  }
  return found;
}

// What stands between date and time.
function glue(locale, date, time) {
  const format = (options) => new Intl.DateTimeFormat(locale, { ...UTC, ...options }).format(SAMPLE);
  const whole = format({ ...date, ...time });
  const [first, last] = [format(date), format(time)];
  if (!whole.startsWith(first) || !whole.endsWith(last)) return ' ';
  return whole.slice(first.length, whole.length - last.length);
}

function numbers(locale) {
  const part = (parts, type) => parts.find((one) => one.type === type)?.value;
  const parts = new Intl.NumberFormat(locale).formatToParts(1234567.5);
  const withUnit = (options, unit, value) =>
    new Intl.NumberFormat(locale, options).formatToParts(value).map(({ type, value }) => ({ literal: value, [unit]: '{u}', minusSign: '-' })[type] ?? '{n}').join('').replace(/(\{n\})+/g, '{n}');
  const symbols = {};
  for (const currency of CURRENCIES) {
    const of = (code) => part(new Intl.NumberFormat(code, { style: 'currency', currency }).formatToParts(1), 'currency');
    if (locale === 'en-US' || of(locale) !== of('en-US')) symbols[currency] = of(locale);
  }
  return {
    decimal: part(parts, 'decimal'),
    group: part(parts, 'group') ?? '',
    // Digits before the first separator: `1234` has none in some places.
    least: new Intl.NumberFormat(locale).format(1234).length === 4 ? 2 : 1,
    indian: new Intl.NumberFormat(locale).format(1234567).startsWith('12'),
    percent: withUnit({ style: 'percent' }, 'percentSign', 0.5),
    currency: withUnit({ style: 'currency', currency: 'USD' }, 'currency', 1),
    negative: withUnit({ style: 'currency', currency: 'USD' }, 'currency', -1),
    symbols,
  };
}

function localeData(locale) {
  const style = (name) => pattern(locale, { dateStyle: name });
  const styleGlue = (name) => glue(locale, { dateStyle: name }, { timeStyle: 'short' });
  return {
    months: { long: months(locale, { month: 'long', day: 'numeric' }), short: months(locale, { month: 'short', day: 'numeric' }), narrow: months(locale, { month: 'narrow' }) },
    alone: { long: months(locale, { month: 'long' }), short: months(locale, { month: 'short' }) },
    weekdays: { long: weekdays(locale, { weekday: 'long' }), short: weekdays(locale, { weekday: 'short' }), narrow: weekdays(locale, { weekday: 'narrow' }) },
    periods: [1, 13].map((hour) => partOf(locale, new Date(Date.UTC(2024, 0, 1, hour)), { hour: 'numeric', hour12: true }, 'dayPeriod')),
    hour12: new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12,
    dates: datePatterns(locale),
    times: timePatterns(locale),
    styles: Object.fromEntries(['full', 'long', 'medium', 'short'].map((name) => [name, style(name)])),
    glues: {
      ...Object.fromEntries(['full', 'long', 'medium', 'short'].map((name) => [name, styleGlue(name)])),
      text: glue(locale, { month: 'long', day: 'numeric' }, { hour: 'numeric', minute: 'numeric' }),
      number: glue(locale, { month: 'numeric', day: 'numeric' }, { hour: 'numeric', minute: 'numeric' }),
    },
    numbers: numbers(locale),
  };
}

const data = {
  digits: Object.fromEntries(CURRENCIES.map((currency) => [currency, new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits]).filter(([, digits]) => digits !== 2)),
  locales: Object.fromEntries(LOCALES.map((locale) => [locale, localeData(locale)])),
};
const lines = Object.entries(data.locales).map(([locale, one]) => `${JSON.stringify(locale)}: ${JSON.stringify(one)}`);
writeFileSync(`${import.meta.dirname}/src/intl/locales.json`, `{"digits": ${JSON.stringify(data.digits)},\n"locales": {\n${lines.join(',\n')}\n}}\n`);
