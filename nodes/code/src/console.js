// `console.log` and the like: lines of the run's history.

import log from 'monshyflow:node/log@0.1.0';

const LEVELS = { log: 'info', info: 'info', warn: 'warn', error: 'error', debug: 'debug', trace: 'debug' };

const written = Object.fromEntries(
  Object.entries(LEVELS).map(([name, level]) => [name, (...values) => log.write(level, values.map(shown).join(' '))]),
);
Object.defineProperty(globalThis, 'console', { value: { ...written, table: written.log, dir: written.log }, writable: true, configurable: true });

function shown(value) {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
