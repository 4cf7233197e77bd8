// The engine has no Intl: this is what Luxon and people need of it. Import it before Luxon.

import { DateTimeFormat } from './date_time_format.js';
import { resolve, supported } from './locale.js';
import { NumberFormat } from './number_format.js';

// English only: `a, b, and c`.
class ListFormat {
  #options;

  constructor(locales, options = {}) {
    resolve(locales);
    this.#options = options;
  }

  format(list) {
    const { style = 'long', type = 'conjunction' } = this.#options;
    const texts = [...list];
    if (texts.length < 2 || type === 'unit' || style === 'narrow') return texts.join(', ');
    const word = type === 'disjunction' ? 'or' : style === 'short' ? '&' : 'and';
    return texts.length === 2 ? texts.join(` ${word} `) : `${texts.slice(0, -1).join(', ')}, ${word} ${texts.at(-1)}`;
  }
}

// `Intl.NumberFormat(..)` works without `new`.
function callable(Class) {
  const constructor = function (locales, options) {
    return new Class(locales, options);
  };
  Object.defineProperty(constructor, 'name', { value: Class.name });
  constructor.prototype = Class.prototype;
  Object.defineProperty(Class.prototype, 'constructor', { value: constructor });
  constructor.supportedLocalesOf = supported;
  return constructor;
}

const Intl = {
  DateTimeFormat: callable(DateTimeFormat),
  NumberFormat: callable(NumberFormat),
  ListFormat: callable(ListFormat),
  getCanonicalLocales: (locales) => [locales ?? []].flat().map((one) => String(one)),
};
Object.defineProperty(globalThis, 'Intl', { value: Intl, writable: true, configurable: true });

const DATE = { year: 'numeric', month: 'numeric', day: 'numeric' };
const TIME = { hour: 'numeric', minute: 'numeric', second: 'numeric' };
const asked = (options, names) => names.some((name) => options?.[name] !== undefined);

function localised(defaults, ...groups) {
  return function (locales, options) {
    if (Number.isNaN(this.getTime())) return 'Invalid Date';
    const given = groups.some((names) => asked(options, names)) ? options : { ...defaults, ...options };
    return new DateTimeFormat(locales, given).format(this);
  };
}

const OF_DATE = ['weekday', 'year', 'month', 'day', 'dateStyle'];
const OF_TIME = ['hour', 'minute', 'second', 'fractionalSecondDigits', 'timeStyle'];
Object.defineProperties(Date.prototype, {
  toLocaleString: { value: localised({ ...DATE, ...TIME }, OF_DATE, OF_TIME), writable: true, configurable: true },
  toLocaleDateString: { value: localised(DATE, OF_DATE), writable: true, configurable: true },
  toLocaleTimeString: { value: localised(TIME, OF_TIME), writable: true, configurable: true },
});
Object.defineProperty(Number.prototype, 'toLocaleString', {
  value(locales, options) {
    return new NumberFormat(locales, options).format(this);
  },
  writable: true,
  configurable: true,
});
