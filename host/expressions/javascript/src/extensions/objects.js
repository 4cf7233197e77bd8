// Methods of objects. They are reached by symbols (see compile.js): a field of data called `keys` stays a field.

import { compacted, isEmpty, isPlain } from './empty.js';

export const EXTENSIONS = new Set([
  'isEmpty', 'isNotEmpty', 'keys', 'values', 'hasField', 'removeField', 'removeFieldsContaining', 'keepFieldsContaining', 'compact', 'merge',
  'urlEncode', 'toJsonString',
]);

const methods = {
  keys: (object) => Object.keys(object),
  values: (object) => Object.values(object),
  hasField: (object, name) => Object.hasOwn(object, name),
  removeField: (object, name) => filtered(object, (key) => key !== name),
  removeFieldsContaining: (object, text) => filtered(object, (_, value) => !contains(value, wanted(text, 'removeFieldsContaining'))),
  keepFieldsContaining: (object, text) => filtered(object, (_, value) => contains(value, wanted(text, 'keepFieldsContaining'))),
  compact: compacted,
  merge: (object, other) => {
    if (!isPlain(other)) throw new TypeError('merge() wants another object');
    return { ...object, ...filtered(other, (key) => !Object.hasOwn(object, key)) };
  },
  urlEncode: (object) => Object.entries(object).map(([key, value]) => `${form(key)}=${form(value)}`).join('&'),
  toJsonString: (object) => JSON.stringify(object),
};

// What expressions see as `$$`.
export const calls = { isEmpty: callEmpty('isEmpty', isEmpty), isNotEmpty: callEmpty('isNotEmpty', (value) => !isEmpty(value)) };

for (const [name, method] of Object.entries(methods)) {
  const symbol = Symbol(name);
  calls[name] = symbol;
  Object.defineProperty(Object.prototype, symbol, {
    value(...given) {
      const its = this[name];
      if (typeof its === 'function') return its.apply(this, given);
      if (isPlain(this)) return method(this, ...given);
      throw new TypeError(`${described(this)} has no method ${name}()`);
    },
    writable: false,
    configurable: false,
  });
}
Object.freeze(calls);

function callEmpty(name, test) {
  return (value, ...given) => {
    const its = value === undefined || value === null ? undefined : value[name];
    return typeof its === 'function' ? its.apply(value, given) : test(value);
  };
}

function described(value) {
  if (typeof value !== 'object') return `a ${typeof value}`;
  return Array.isArray(value) ? 'a list' : `a ${value.constructor?.name ?? 'thing'}`;
}

function filtered(object, keep) {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => keep(key, value)));
}

function contains(value, text) {
  return typeof value === 'string' && value.includes(text);
}

function wanted(text, method) {
  if (typeof text !== 'string' || text === '') throw new TypeError(`${method}() wants the text to look for`);
  return text;
}

// application/x-www-form-urlencoded.
function form(value) {
  const text = value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
  return encodeURIComponent(text).replace(/%20/g, '+').replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
