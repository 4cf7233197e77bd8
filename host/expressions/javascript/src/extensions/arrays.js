import { random } from '../random.js';
import { define } from './define.js';
import { compacted, isPlain } from './empty.js';

define(Array.prototype, {
  append: (list, ...more) => [...list, ...more],
  average: (list) => (list.length === 0 ? 0 : sum(list, 'average') / list.length),
  chunk,
  compact: compacted,
  difference: (list, other) => without(list, keysOf(other, 'difference')),
  first: (list) => list[0],
  last: (list) => list[list.length - 1],
  intersection: (list, other) => common(list, keysOf(other, 'intersection')),
  isEmpty: (list) => list.length === 0,
  isNotEmpty: (list) => list.length > 0,
  max: (list) => numbers(list, 'max').reduce((a, b) => Math.max(a, b), -Infinity),
  merge,
  min: (list) => numbers(list, 'min').reduce((a, b) => Math.min(a, b), Infinity),
  pluck,
  randomItem: (list) => list[Math.floor(random() * list.length)],
  removeDuplicates: unique,
  renameKeys,
  smartJoin,
  sum: (list) => sum(list, 'sum'),
  toJsonString: (list) => JSON.stringify(list),
  union: (list, other) => unique([...list, ...wanted(other, 'union')]),
  unique,
});

function numbers(list, method) {
  const wrong = list.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) throw new TypeError(`${method}() is for numbers; element ${wrong} is ${JSON.stringify(list[wrong])}`);
  return list;
}

function sum(list, method) {
  return numbers(list, method).reduce((total, value) => total + value, 0);
}

function chunk(list, size) {
  if (!Number.isInteger(size) || size < 1) throw new TypeError('chunk() wants the length of a chunk, at least 1');
  const chunks = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}

// Two values are the same if their JSON is, whatever the order of the fields.
function keyOf(value) {
  if (value === null || typeof value !== 'object') return `${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (!isPlain(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${keyOf(value[key])}`).join()}}`;
}

function keysOf(other, method) {
  return new Set(wanted(other, method).map(keyOf));
}

function without(list, keys) {
  return list.filter((value) => !keys.has(keyOf(value)));
}

function common(list, keys) {
  return unique(list.filter((value) => keys.has(keyOf(value))));
}

function unique(list, ...fields) {
  const named = fields.flat().flatMap((field) => String(field).split(',')).map((field) => field.trim());
  const seen = new Set();
  return list.filter((value) => {
    const key = keyOf(named.length > 0 && isPlain(value) ? named.map((field) => value[field]) : value);
    return seen.has(key) ? false : seen.add(key);
  });
}

function merge(list, other = []) {
  const merged = {};
  for (const one of [...list, ...wanted(other, 'merge')]) {
    if (!isPlain(one)) throw new TypeError('merge() is for lists of objects');
    for (const [key, value] of Object.entries(one)) if (!Object.hasOwn(merged, key)) merged[key] = value;
  }
  return merged;
}

// One field: its values. Several: a list of values for each object. What lacks a field is passed over.
function pluck(list, ...fields) {
  if (fields.length === 0) return list;
  const found = [];
  for (const one of list) {
    const values = isPlain(one) ? fields.filter((field) => Object.hasOwn(one, field)).map((field) => one[field]) : [];
    if (values.length > 0) found.push(values.length === 1 ? values[0] : values);
  }
  return found;
}

function renameKeys(list, ...names) {
  if (names.length === 0 || names.length % 2 !== 0) throw new TypeError('renameKeys() wants pairs of names: from, to');
  const renamed = new Map();
  for (let i = 0; i < names.length; i += 2) renamed.set(names[i], names[i + 1]);
  const rename = ([key, value]) => [renamed.get(key) ?? key, value];
  return list.map((one) => (isPlain(one) ? Object.fromEntries(Object.entries(one).map(rename)) : one));
}

function smartJoin(list, keyField, valueField) {
  if (typeof keyField !== 'string' || typeof valueField !== 'string') {
    throw new TypeError('smartJoin() wants the names of the fields that hold key and value');
  }
  return Object.fromEntries(list.filter((one) => isPlain(one) && Object.hasOwn(one, keyField) && Object.hasOwn(one, valueField)).map((one) => [one[keyField], one[valueField]]));
}

function wanted(other, method) {
  if (!Array.isArray(other)) throw new TypeError(`${method}() wants another list`);
  return other;
}
