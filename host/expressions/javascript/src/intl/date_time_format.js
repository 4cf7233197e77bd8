// Intl.DateTimeFormat for the Gregorian calendar, with patterns of locales.json.

import { clock } from '../clock.js';
import { abbreviationAt, offsetAt, zoneName } from '../time/zones.js';
import { dataOf, resolve, supported } from './locale.js';

const TIME = ['hour', 'minute', 'second'];
const PARTS = ['weekday', 'year', 'month', 'day', ...TIME, 'fractionalSecondDigits'];
const TYPES = { d: 'day', M: 'month', y: 'year', E: 'weekday', h: 'hour', H: 'hour', m: 'minute', s: 'second', a: 'dayPeriod' };
const TIME_OF_STYLE = { short: 'hm', medium: 'hms', long: 'hms', full: 'hms' };

export class DateTimeFormat {
  #locale;
  #options;
  #pieces;

  constructor(locales, options = {}) {
    this.#locale = resolve(locales);
    this.#options = settle(options);
    this.#pieces = pattern(dataOf(this.#locale), this.#options).split(/\{(\w+)\}/);
  }

  get format() {
    return (date) => this.formatToParts(date).map((part) => part.value).join('');
  }

  formatToParts(date = clock()) {
    const milliseconds = Number(date);
    if (!(Math.abs(milliseconds) <= 8.64e15)) throw new RangeError('the date is not valid');
    const { timeZone } = this.#options;
    const offset = offsetAt(timeZone, milliseconds);
    const local = new Date(milliseconds + Math.round(offset * 60) * 1000);
    const context = { data: dataOf(this.#locale), options: this.#options, local, offset, milliseconds, locale: this.#locale };
    const parts = this.#pieces.map((piece, index) =>
      index % 2 === 0 ? { type: 'literal', value: piece } : { type: TYPES[piece[0]] ?? 'timeZoneName', value: value(piece, context) });
    return fractions(parts.filter((part) => part.value !== ''), this.#options, local);
  }

  formatRange(from, to) {
    const [first, last] = [this.format(from), this.format(to)];
    return first === last ? first : `${first} – ${last}`;
  }

  resolvedOptions() {
    const { hour12, ...rest } = this.#options;
    const twelve = hour12 ?? dataOf(this.#locale).hour12;
    return { locale: this.#locale, calendar: 'gregory', numberingSystem: 'latn', hourCycle: twelve ? 'h12' : 'h23', hour12: twelve, ...rest };
  }

  static supportedLocalesOf(locales) {
    return supported(locales);
  }
}

function settle(given) {
  const options = { ...given, timeZone: zoneOf(given.timeZone ?? 'UTC') };
  if (given.hour12 === undefined && given.hourCycle !== undefined) options.hour12 = given.hourCycle === 'h12' || given.hourCycle === 'h11';
  const styled = given.dateStyle !== undefined || given.timeStyle !== undefined;
  if (!styled && !PARTS.some((part) => given[part] !== undefined)) {
    return { ...options, year: 'numeric', month: 'numeric', day: 'numeric' };
  }
  return options;
}

function zoneOf(name) {
  const known = zoneName(name) ?? fixedZone(name);
  if (known === undefined) throw new RangeError(`there is no time zone \`${String(name)}\``);
  return known;
}

// `+02:00`, which the database spells the other way round: Etc/GMT-2.
function fixedZone(name) {
  const [, sign, hours] = /^([+-])(\d\d):?00$/.exec(name) ?? [];
  return sign && zoneName(Number(hours) === 0 ? 'UTC' : `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`);
}

function pattern(data, options) {
  const hours = (options.hour12 ?? data.hour12) ? '12' : '24';
  if (options.dateStyle || options.timeStyle) {
    const date = options.dateStyle && data.styles[options.dateStyle];
    const time = options.timeStyle && data.times[TIME_OF_STYLE[options.timeStyle] + hours] + (TIME_OF_STYLE[options.timeStyle] === 'hms' && options.timeStyle !== 'medium' ? ' {z}' : '');
    if ((options.dateStyle && !date) || (options.timeStyle && !time)) throw new RangeError('a style is one of full, long, medium, short');
    return date && time ? date + data.glues[options.dateStyle] + time : (date ?? time);
  }
  const month = options.month === undefined ? '' : { long: 'l', short: 's', narrow: 's' }[options.month] ?? 'n';
  const key = (options.weekday ? 'w' : '') + (options.year ? 'y' : '') + month + (options.day ? 'd' : '');
  const date = key === '' ? '' : data.dates[key];
  const time = timePattern(data, options, hours) + (options.timeZoneName ? `${TIME.some((part) => options[part]) ? ' ' : ''}{z}` : '');
  const glue = time.startsWith('{z}') ? ', ' : data.glues[month === 'l' ? 'text' : 'number'];
  return date !== '' && time !== '' ? date + glue + time : date + time;
}

function timePattern(data, options, hours) {
  if (!options.hour) {
    if (options.minute && options.second) return '{mm}:{ss}';
    return options.minute ? '{m}' : options.second || options.fractionalSecondDigits ? '{s}' : '';
  }
  return data.times[(options.second ? 'hms' : options.minute ? 'hm' : 'h') + hours];
}

function value(letters, { data, options, local, offset, milliseconds, locale }) {
  const wide = (number, option, width) => String(number).padStart(option === '2-digit' ? 2 : width, '0');
  switch (letters[0]) {
    case 'd':
      return wide(local.getUTCDate(), options.day, letters.length);
    case 'M':
      return month(letters, data, options, local);
    case 'y':
      return options.year === '2-digit' || letters === 'yy' ? String(local.getUTCFullYear() % 100).padStart(2, '0') : String(local.getUTCFullYear());
    case 'E':
      return data.weekdays[options.weekday ?? (letters.length === 4 ? 'long' : 'short')][local.getUTCDay()];
    case 'h':
      return wide(local.getUTCHours() % 12 || 12, options.hour, letters.length);
    case 'H':
      return wide(local.getUTCHours(), options.hour, letters.length);
    case 'm':
      return wide(local.getUTCMinutes(), options.minute && options.hour ? '2-digit' : options.minute, letters.length);
    case 's':
      return wide(local.getUTCSeconds(), options.second && options.minute ? '2-digit' : options.second, letters.length);
    case 'a':
      return data.periods[local.getUTCHours() < 12 ? 0 : 1];
    default:
      return zone(options, offset, milliseconds, locale);
  }
}

function month(letters, data, options, local) {
  const index = local.getUTCMonth();
  if (letters.length < 3) return String(index + 1).padStart(options.month === '2-digit' ? 2 : letters.length, '0');
  const length = options.month ?? (letters.length === 4 ? 'long' : 'short');
  const alone = !options.day && !options.dateStyle;
  return (alone ? (data.alone[length] ?? data.months[length]) : data.months[length])[index];
}

// `EST` where Americans say so, `GMT+2` elsewhere. Long names of zones are not known here.
function zone({ timeZone, timeZoneName = 'short' }, offset, milliseconds, locale) {
  const abbreviation = abbreviationAt(timeZone, milliseconds);
  if (timeZone === 'UTC' && timeZoneName === 'short') return 'UTC';
  if (locale === 'en-US' && timeZoneName === 'short' && /^[A-Z]{3,4}$/.test(abbreviation) && /^(America|US|Pacific\/Honolulu)/.test(timeZone)) return abbreviation;
  if (offset === 0) return 'GMT';
  const minutes = Math.abs(Math.round(offset));
  const long = timeZoneName.startsWith('long');
  const rest = minutes % 60 === 0 && !long ? '' : `:${String(minutes % 60).padStart(2, '0')}`;
  return `GMT${offset < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(long ? 2 : 1, '0')}${rest}`;
}

function fractions(parts, { fractionalSecondDigits: digits }, local) {
  const at = digits ? parts.findIndex((part) => part.type === 'second') : -1;
  if (at < 0) return parts;
  const value = String(local.getUTCMilliseconds()).padStart(3, '0').slice(0, digits);
  return parts.toSpliced(at + 1, 0, { type: 'literal', value: '.' }, { type: 'fractionalSecond', value });
}
