// Intl.NumberFormat as far as people use it: plain, per cent, currency, units in English, compact in English.

import { CURRENCY_DIGITS, dataOf, resolve, supported, symbolOf } from './locale.js';

const COMPACT = [[1e12, 'T', 'trillion'], [1e9, 'B', 'billion'], [1e6, 'M', 'million'], [1e3, 'K', 'thousand']];
const ROUNDING = { ceil: Math.ceil, floor: Math.floor, trunc: Math.trunc };

export class NumberFormat {
  #locale;
  #options;

  constructor(locales, options = {}) {
    this.#locale = resolve(locales);
    this.#options = settle(options);
  }

  get format() {
    return (value) => this.formatToParts(value).map((part) => part.value).join('');
  }

  formatToParts(value) {
    const { numbers } = dataOf(this.#locale);
    const options = this.#options;
    const number = Number(value) * (options.style === 'percent' ? 100 : 1);
    const negative = number < 0 || Object.is(number, -0);
    const parts = digits(Math.abs(number), options, numbers);
    if (options.style === 'percent') return signed(fill(numbers.percent, parts, { type: 'percentSign', value: '%' }), negative);
    if (options.style === 'currency') return this.#currency(parts, negative, numbers);
    if (options.style === 'unit') return signed([...parts, ...unit(options, Math.abs(number))], negative);
    return signed(parts, negative);
  }

  resolvedOptions() {
    return { locale: this.#locale, numberingSystem: 'latn', ...this.#options };
  }

  static supportedLocalesOf(locales) {
    return supported(locales);
  }

  #currency(parts, negative, numbers) {
    const { currency, currencyDisplay } = this.#options;
    const symbol = currencyDisplay === 'code' ? currency : symbolOf(currencyDisplay === 'narrowSymbol' ? 'en-US' : this.#locale, currency);
    const shown = { type: 'currency', value: currencyDisplay === 'narrowSymbol' ? symbol.replace(/^[A-Z]+(?=[^A-Z])/, '') : symbol };
    const pattern = negative ? numbers.negative : numbers.currency;
    // A code stands apart from the number.
    return fill(/[A-Z]$/i.test(shown.value) ? pattern.replace('{u}{n}', '{u}\u00a0{n}') : pattern, parts, shown);
  }
}

function settle(given) {
  const { style = 'decimal', currency, notation = 'standard' } = given;
  if (style === 'currency' && !/^[A-Za-z]{3}$/.test(currency ?? '')) throw new TypeError('a currency is wanted, such as `EUR`');
  if (style === 'unit' && typeof given.unit !== 'string') throw new TypeError('a unit is wanted, such as `hour`');
  const code = currency?.toUpperCase();
  const usual = style === 'currency' ? (CURRENCY_DIGITS[code] ?? 2) : 0;
  const compact = notation === 'compact';
  const minimum = given.minimumFractionDigits ?? Math.min(compact ? 0 : usual, given.maximumFractionDigits ?? 100);
  const most = style === 'currency' ? usual : style === 'percent' ? 0 : compact ? 1 : 3;
  const maximum = given.maximumFractionDigits ?? Math.max(minimum, most);
  for (const count of [minimum, maximum]) if (!(count >= 0 && count <= 100)) throw new RangeError('fraction digits are from 0 to 100');
  if (minimum > maximum) throw new RangeError('minimumFractionDigits is larger than maximumFractionDigits');
  return { ...given, style, notation, ...(code && { currency: code }), minimumFractionDigits: minimum, maximumFractionDigits: maximum };
}

function digits(number, options, { decimal, group, least, indian }) {
  if (Number.isNaN(number)) return [{ type: 'nan', value: 'NaN' }];
  if (number === Infinity) return [{ type: 'infinity', value: '∞' }];
  let suffix;
  if (options.notation === 'compact') [number, suffix] = compacted(number, options);
  const [whole, fraction = ''] = rounded(number, options).split('.');
  const parts = [];
  const padded = whole.padStart(options.minimumIntegerDigits ?? 1, '0');
  for (const [index, value] of grouped(padded, options.useGrouping === false ? Infinity : least, indian).entries()) {
    if (index > 0) parts.push({ type: 'group', value: group });
    parts.push({ type: 'integer', value });
  }
  if (fraction !== '') parts.push({ type: 'decimal', value: decimal }, { type: 'fraction', value: fraction });
  if (suffix) parts.push({ type: 'compact', value: suffix });
  return parts;
}

function rounded(number, options) {
  if (options.maximumSignificantDigits || options.minimumSignificantDigits) {
    const text = plain(Number(number.toPrecision(options.maximumSignificantDigits ?? 21)));
    const missing = (options.minimumSignificantDigits ?? 1) - text.replace('.', '').replace(/^0+/, '').length;
    return missing > 0 ? (text.includes('.') ? text : `${text}.`) + '0'.repeat(missing) : text;
  }
  const { minimumFractionDigits: least, maximumFractionDigits: most, roundingMode } = options;
  const text = fixed(number, most, ROUNDING[roundingMode] ?? Math.round);
  if (!text.includes('.')) return text;
  const [whole, fraction] = text.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(least, '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}

// Rounds the decimal digits that people see: 1.005 to 1.01.
function fixed(number, places, round) {
  if (number >= 1e21 || places > 15) return plain(number);
  const [head, exponent = '0'] = String(number).split('e');
  const shifted = round(Number(`${head}e${Number(exponent) + places}`));
  if (shifted >= 1e21) return number.toFixed(places);
  const text = plain(shifted).padStart(places + 1, '0');
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
}

function plain(number) {
  const text = String(number);
  if (!text.includes('e')) return text;
  return number < 1 ? number.toFixed(20).replace(/0+$/, '') : BigInt(number).toString();
}

function grouped(whole, least, indian) {
  if (whole.length < 3 + least) return [whole];
  const groups = [whole.slice(-3)];
  const size = indian ? 2 : 3;
  for (let end = whole.length - 3; end > 0; end -= size) groups.unshift(whole.slice(Math.max(0, end - size), end));
  return groups;
}

function compacted(number, { compactDisplay }) {
  const [unit, short, long] = COMPACT.find(([unit]) => number >= unit) ?? [1, '', ''];
  const scaled = number / unit;
  const shown = scaled < 100 && unit > 1 ? Math.round(scaled * 10) / 10 : Math.round(scaled);
  return [shown, compactDisplay === 'long' && long ? ` ${long}` : short];
}

function unit({ unit, unitDisplay = 'short' }, number) {
  if (unitDisplay === 'narrow') return [{ type: 'unit', value: unit.charAt(0) }];
  return [{ type: 'literal', value: ' ' }, { type: 'unit', value: number === 1 ? unit : `${unit}s` }];
}

function fill(pattern, parts, shown) {
  return pattern.split(/(\{n\}|\{u\}|-)/).flatMap((piece) => {
    if (piece === '{n}') return parts;
    if (piece === '{u}') return [shown];
    if (piece === '-') return [{ type: 'minusSign', value: '-' }];
    return piece === '' ? [] : [{ type: 'literal', value: piece }];
  });
}

function signed(parts, negative) {
  return negative ? [{ type: 'minusSign', value: '-' }, ...parts] : parts;
}
