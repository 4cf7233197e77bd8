// The same methods for Luxon's DateTime and for JavaScript's Date; each gives back its own kind.

import { DateTime } from '../time/luxon.js';
import { momentOf } from '../time/parse.js';
import { define } from './define.js';

const UNITS = {
  year: 'year', month: 'month', week: 'weekNumber', weekNumber: 'weekNumber', day: 'day', hour: 'hour', minute: 'minute', second: 'second',
  millisecond: 'millisecond', quarter: 'quarter', weekday: 'weekday', weekYear: 'weekYear', ordinal: 'ordinal', yearDayNumber: 'ordinal',
};
const { plus, minus } = DateTime.prototype;

const methods = {
  beginningOf: (date, unit = 'week') => date.startOf(singular(unit)),
  endOfMonth: (date) => date.endOf('month'),
  plus: (date, amount, unit) => plus.call(date, span(amount, unit)),
  minus: (date, amount, unit) => minus.call(date, span(amount, unit)),
};

const answers = {
  extract,
  format: (date, format = 'D') => date.toFormat(format),
  isBetween,
  inBetween: isBetween,
  isDst: (date) => date.isInDST,
  isInLast: (date, amount = 0, unit = 'minutes') => {
    const now = DateTime.now();
    return date >= now.minus({ [unit]: amount }) && date <= now;
  },
  isWeekend: (date) => date.weekday > 5,
  isEmpty: () => false,
  isNotEmpty: () => true,
  diffTo: (date, other = DateTime.now(), unit = 'days') => difference(date, momentOf(other), unit),
  diffToNow: (date, unit = 'days') => difference(DateTime.now(), date, unit),
  toDateTime: (date) => date,
  toInt: (date) => date.toMillis(),
  toNumber: (date) => date.toMillis(),
  toFloat: (date) => date.toMillis(),
};

define(DateTime.prototype, { ...methods, ...answers });
const ofDate = (method) => (date, ...given) => method(DateTime.fromJSDate(date), ...given);
define(Date.prototype, {
  ...Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, (date, ...given) => ofDate(method)(date, ...given).toJSDate()])),
  ...Object.fromEntries(Object.entries(answers).map(([name, method]) => [name, ofDate(method)])),
});

function span(amount, unit) {
  return typeof amount === 'number' && unit !== undefined ? { [unit]: amount } : amount;
}

function singular(unit) {
  return String(unit).replace(/s$/, '');
}

function extract(date, unit = 'week') {
  const name = UNITS[unit] ?? UNITS[singular(unit)];
  if (name === undefined) throw new TypeError(`extract() knows no \`${unit}\`; there are ${Object.keys(UNITS).join(', ')}`);
  return date[name];
}

function isBetween(date, from, to) {
  if (from === undefined || to === undefined) throw new TypeError('isBetween() wants two dates');
  const [first, second] = [momentOf(from), momentOf(to)].sort((a, b) => a - b);
  return date > first && date < second;
}

function difference(later, earlier, unit) {
  const units = [unit].flat();
  const span = later.diff(earlier, units);
  return units.length > 1 ? span.toObject() : span.as(units[0]);
}
