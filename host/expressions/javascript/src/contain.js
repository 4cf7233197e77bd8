// Shuts the door behind the set-up: what an expression does to a built-in thing must not reach the next expression.

// Not of use without threads, or a way to keep something between evaluations, or to make code out of text.
const REMOVED = [
  'Atomics', 'SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry', 'queueMicrotask', 'performance', 'DOMException', 'navigator',
  'print', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'wit', '__cqjs',
];

// The real constructor; nobody else keeps it.
export const Compiled = Function;

export function contain() {
  for (const name of REMOVED) delete globalThis[name];
  delete Object.prototype.__proto__;
  for (const name of ['captureStackTrace', 'prepareStackTrace', 'stackTraceLimit']) delete Error[name];
  closeConstructors();
  const seen = new Set([globalThis]);
  for (const key of Reflect.ownKeys(globalThis)) {
    const { value, get } = Object.getOwnPropertyDescriptor(globalThis, key);
    harden(value, seen);
    harden(get, seen);
  }
  for (const instance of hidden()) harden(instance, seen);
  overridable(Object.prototype, Reflect.ownKeys(Object.prototype));
  for (const error of errors()) overridable(error.prototype, ['name', 'message', 'constructor', 'toString']);
  for (const object of seen) if (object !== globalThis) Object.freeze(object);
  for (const key of Reflect.ownKeys(globalThis)) {
    const { value } = Object.getOwnPropertyDescriptor(globalThis, key);
    if (value !== undefined || key === 'undefined') {
      Object.defineProperty(globalThis, key, { writable: false, configurable: false });
    }
  }
  Object.preventExtensions(globalThis);
}

// `Function('..')`, `(async () => {}).constructor('..')` and `eval('..')` would make code that nobody has looked at.
function closeConstructors() {
  for (const example of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    const prototype = Object.getPrototypeOf(example);
    const closed = function Function() {
      throw new EvalError('code cannot be made of text here');
    };
    Object.defineProperty(closed, 'prototype', { value: prototype, writable: false });
    Object.defineProperty(prototype, 'constructor', { value: closed, writable: false, configurable: false });
    if (prototype === Compiled.prototype) Object.defineProperty(globalThis, 'Function', { value: closed });
  }
  Object.defineProperty(globalThis, 'eval', {
    value: function () {
      throw new EvalError('code cannot be made of text here');
    },
  });
}

// What no global name leads to.
function hidden() {
  const found = [];
  const chain = (value) => {
    for (let one = value; one; one = Object.getPrototypeOf(one)) found.push(one);
  };
  chain(Object.getPrototypeOf(''[Symbol.iterator]()));
  chain(Object.getPrototypeOf([][Symbol.iterator]()));
  chain(Object.getPrototypeOf(new Map()[Symbol.iterator]()));
  chain(Object.getPrototypeOf(new Set()[Symbol.iterator]()));
  chain(Object.getPrototypeOf('a'.matchAll(/a/g)));
  chain(Object.getPrototypeOf(function* () {}));
  chain(Object.getPrototypeOf(async function () {}));
  chain(Object.getPrototypeOf(async function* () {}));
  chain(Object.getPrototypeOf((function* () {})()));
  chain(Object.getPrototypeOf((async function* () {})()));
  if (globalThis.Iterator) {
    chain(Object.getPrototypeOf([].values().map((one) => one)));
    chain(Object.getPrototypeOf(Iterator.from({ next() {} })));
  }
  chain(Object.getPrototypeOf(Uint8Array));
  chain(Uint8Array.prototype);
  return found;
}

function errors() {
  return Reflect.ownKeys(globalThis)
    .map((key) => Object.getOwnPropertyDescriptor(globalThis, key).value)
    .filter((value) => typeof value === 'function' && (value === Error || Error.isPrototypeOf(value)));
}

// Collects everything that can be reached from `value`.
function harden(value, seen) {
  const waiting = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (one === null || (typeof one !== 'object' && typeof one !== 'function') || seen.has(one)) continue;
    seen.add(one);
    waiting.push(Object.getPrototypeOf(one));
    for (const key of Reflect.ownKeys(one)) {
      const descriptor = Object.getOwnPropertyDescriptor(one, key);
      if (descriptor) waiting.push(descriptor.value, descriptor.get, descriptor.set);
    }
  }
}

// A frozen prototype would forbid `object.toString = ..` to every object: an assignment makes a property of its own instead.
function overridable(prototype, keys) {
  for (const key of keys) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
    if (!descriptor || !('value' in descriptor) || !descriptor.configurable) continue;
    const { value } = descriptor;
    Object.defineProperty(prototype, key, {
      get() {
        return value;
      },
      set(given) {
        if (this === prototype) throw new TypeError(`${String(key)} of a built-in object cannot be changed`);
        Object.defineProperty(this, key, { value: given, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }
}
