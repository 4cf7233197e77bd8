// From values to cells of the response: `{v}`, `{}` for undefined, `{e}`.

import { explain, unresolved } from './explain.js';
import { allowsAbsence } from './compile.js';
import { DateTime, Duration, Interval } from './time/luxon.js';

export const UNDEFINED = Object.freeze({});

export function cellOf(value, expression) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return { v: value };
    case 'number':
      return value - value === 0 ? { v: value } : refused(`the result is ${value}, which JSON cannot hold`);
    case 'object':
      return value === null ? { v: null } : objectCell(value);
    case 'undefined':
      return allowsAbsence(expression) ? UNDEFINED : { e: unresolved(expression) };
    case 'function':
      return refused(`the result is a function: write \`()\` behind it to call it`);
    default:
      return refused(`the result is a ${typeof value}, which JSON cannot hold`);
  }
}

export function errorCell(error, expression) {
  return { e: explain(error, expression) };
}

// The JSON text of the response. What only shows when it is written (cycles, BigInt inside) becomes an error of its own cell.
export function written(response) {
  try {
    return JSON.stringify(response);
  } catch {
    const checked = (cell) => (cell === null || cell.v === undefined ? cell : checkedCell(cell));
    return JSON.stringify({ ...response, shared: response.shared.map(checked), items: response.items.map((row) => row.map(checked)) });
  }
}

function checkedCell(cell) {
  try {
    const text = JSON.stringify(cell.v);
    return text === undefined ? UNDEFINED : { v: JSON.parse(text) };
  } catch (error) {
    return refused(`the result cannot be written as JSON: ${message(error)}`, error);
  }
}

function objectCell(value) {
  if (Array.isArray(value)) return { v: value };
  if (value instanceof DateTime || value instanceof Duration || value instanceof Interval) {
    return value.isValid ? { v: value } : refused(`the result is no valid date: ${value.invalidExplanation ?? value.invalidReason}`);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? refused('the result is no valid date') : { v: value };
  if (value instanceof Promise) return refused('the result is a promise, and expressions cannot wait: use a Code node');
  const hint = UNJSON.find(([type]) => value instanceof type);
  return hint ? refused(hint[1]) : { v: value };
}

const UNJSON = [
  [Map, 'the result is a Map: write `Object.fromEntries(..)` around it'],
  [Set, 'the result is a Set: write `[...set]`'],
  [WeakMap, 'the result is a WeakMap, which JSON cannot hold'],
  [WeakSet, 'the result is a WeakSet, which JSON cannot hold'],
  [RegExp, 'the result is a regular expression: test or match a text with it'],
  [Error, 'the result is an error: take its `message`'],
  [ArrayBuffer, 'the result is an ArrayBuffer, which JSON cannot hold'],
];

function refused(text, error) {
  return { e: { kind: 'unserializable', name: error?.name ?? 'TypeError', message: text } };
}

function message(error) {
  return error instanceof Error ? error.message : String(error);
}
