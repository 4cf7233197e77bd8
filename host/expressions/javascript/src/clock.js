// The run's time in the place of the real one. Must be imported before anything that keeps a reference to `Date`.

const Native = Date;
let now = 0;

export function setClock(milliseconds) {
  now = milliseconds;
}

export function clock() {
  return now;
}

function RunDate(first, ...more) {
  if (new.target === undefined) return new Native(now).toString();
  // Both have the same prototype, and this way is the fastest.
  if (new.target === RunDate && more.length === 0) return new Native(arguments.length === 0 ? now : first);
  return Reflect.construct(Native, arguments.length === 0 ? [now] : [first, ...more], new.target);
}

Object.defineProperty(RunDate, 'name', { value: 'Date' });
Object.defineProperty(RunDate, 'length', { value: 7 });
Object.defineProperties(RunDate, {
  now: { value: clock, writable: true, configurable: true },
  parse: { value: Native.parse, writable: true, configurable: true },
  UTC: { value: Native.UTC, writable: true, configurable: true },
  prototype: { value: Native.prototype, writable: false },
});
Object.defineProperty(Native.prototype, 'constructor', { value: RunDate, writable: true, configurable: true });
Object.defineProperty(globalThis, 'Date', { value: RunDate, writable: true, configurable: true });
