import { define } from './define.js';
import { numberToDateTime } from '../time/parse.js';

define(Number.prototype, {
  abs: (number) => Math.abs(number),
  ceil: (number) => Math.ceil(number),
  floor: (number) => Math.floor(number),
  round,
  format: (number, locale, options) => new Intl.NumberFormat(locale, options).format(number),
  isEmpty: () => false,
  isNotEmpty: () => true,
  isEven: (number) => whole(number, 'isEven') % 2 === 0,
  isOdd: (number) => whole(number, 'isOdd') % 2 !== 0,
  isInteger: (number) => Number.isInteger(+number),
  toBoolean: (number) => +number !== 0,
  toDateTime: (number, unit) => numberToDateTime(+number, unit),
  toInt: (number) => round(number),
  toNumber: (number) => +number,
  toFloat: (number) => +number,
});

define(Boolean.prototype, {
  isEmpty: () => false,
  isNotEmpty: () => true,
  toBoolean: (value) => value == true,
  toInt: (value) => +value,
  toNumber: (value) => +value,
});

// Halves go away from zero, as in `toFixed`; decimal, so that 1.005 rounds to 1.01.
function round(number, places = 0) {
  if (!Number.isInteger(places)) throw new TypeError('round() wants the number of decimal places');
  if (!Number.isFinite(+number)) return +number;
  const [digits, exponent = '0'] = String(Math.abs(number)).split('e');
  const shifted = Math.round(Number(`${digits}e${Number(exponent) + places}`));
  const [back, power = '0'] = String(shifted).split('e');
  return Math.sign(number) * Number(`${back}e${Number(power) - places}`);
}

function whole(number, method) {
  if (!Number.isInteger(+number)) throw new TypeError(`${method}() is for whole numbers, not for ${number}`);
  return +number;
}
