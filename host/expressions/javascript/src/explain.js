// Why an expression gave nothing or failed, in words that name what there is. Runs only for errors, so it may take its time.

import { parse } from './compile.js';
import { Failure } from './failure.js';
import { ROOT_NAMES } from './roots.js';
import { LINES_BEFORE } from './source.js';
import { state } from './state.js';
import { didYouMean, MOST_AVAILABLE, quotedList } from './suggest.js';
import { follow, paths } from './paths.js';

// The result is undefined and the author did not allow that.
export function unresolved(expression) {
  const tree = treeOf(expression);
  for (const path of tree ? (expression.paths ??= paths(tree)) : []) {
    const found = follow(path);
    if (found?.broken && (found.whole || found.value === undefined)) return problem(missing(found, expression.source), found);
  }
  const message = 'the result is undefined. If that may be, write `?.` where something can be missing, or `?? null` behind it';
  return { kind: 'unresolved', name: 'Error', message };
}

export function explain(error, expression) {
  if (error instanceof Failure) return told(error, expression);
  const thrown = describe(error);
  const place = placeIn(thrown.stack, expression);
  const absent = /^cannot read property '(.*)' of (undefined|null)$/.exec(thrown.message);
  if (thrown.name === 'TypeError' && absent) {
    const found = brokenPath(expression, absent[1]);
    if (found) return { ...problem(`${missing(found, expression.source)}${allow(found, expression.source)}`, found), ...place };
    return { kind: 'unresolved', name: 'TypeError', message: `there is no \`${absent[1]}\` of ${absent[2]}: what stands before it is missing`, ...place };
  }
  const unknown = /^'?([^']+?)'? is not defined$/.exec(thrown.message);
  if (thrown.name === 'ReferenceError' && unknown) return { ...unknownName(unknown[1]), ...place };
  if (thrown.name === 'TypeError' && /^not a function$/.test(thrown.message)) thrown.message = 'what is called here is not a function';
  return { kind: 'thrown', name: thrown.name, message: thrown.message, ...place };
}

function told(failure, expression) {
  const { kind, line, column, available, node, part } = failure;
  const place = line === undefined ? placeIn(failure.stack, expression) : { line, column };
  const name = failure.kind === 'syntax' ? 'SyntaxError' : 'Error';
  return { kind, name, message: failure.message, ...place, available, node, part };
}

function problem(message, found) {
  return { kind: 'unresolved', name: 'Error', message, available: found.available };
}

function missing({ why, before, step, value, available }, source) {
  if (why) return why;
  const text = source.slice(before.start, before.end);
  if (Array.isArray(value)) return `\`${text}\` has no element \`${step}\`; it is a list of ${value.length}`;
  if (value === null) return `\`${text}\` is null, so it has no \`${step}\``;
  if (typeof value !== 'object') return `no \`${step}\`; \`${text}\` is a ${typeof value === 'string' ? 'text' : typeof value}`;
  if (!available || available.length === 0) return `no field \`${step}\`; \`${text}\` is an empty object`;
  return `no field \`${step}\`; there are ${quotedList(available)}${didYouMean(step, available)}`;
}

function allow({ broken, whole }, source) {
  return whole ? '' : `. If that may be, write \`?.\` behind \`${source.slice(broken.start, broken.end)}\``;
}

function brokenPath(expression, key) {
  const tree = treeOf(expression);
  for (const path of tree ? (expression.paths ??= paths(tree)) : []) {
    const found = follow(path);
    if (found?.broken && !found.whole && (found.next === undefined || found.next === key || key.startsWith('Symbol('))) return found;
  }
  return undefined;
}

function treeOf(expression) {
  try {
    return (expression.tree ??= parse(expression.source));
  } catch {
    return undefined;
  }
}

const unknownNames = new Map();

function unknownName(name) {
  const known = unknownNames.get(name);
  if (known) return known;
  const meant = didYouMean(name, KNOWN) || (state.nodeNames.includes(name) ? `: a node is \`$('${name}')\`` : '');
  const hint = meant === '' && !name.startsWith('$') ? ': a text needs quotes, a field `$json.` before it' : meant;
  const told = { kind: 'unresolved', name: 'ReferenceError', message: `\`${name}\` is not defined${hint}`, available: ROOT_NAMES.slice(0, MOST_AVAILABLE) };
  if (unknownNames.size < 1_000) unknownNames.set(name, told);
  return told;
}

const KNOWN = [...ROOT_NAMES, 'Math', 'JSON', 'Object', 'Array', 'String', 'Number', 'Boolean', 'Date', 'Intl', 'undefined', 'null', 'true', 'false'];

// The author's line and column: the innermost frame that is not ours.
function placeIn(stack, expression) {
  const frame = /\(?<input>:(\d+):(\d+)\)?/.exec(typeof stack === 'string' ? stack : '');
  if (!frame) return {};
  return expression.edits.authorsPlace(expression.source, Math.max(1, Number(frame[1]) - LINES_BEFORE), Number(frame[2]));
}

// Anything can be thrown, with accessors that throw in turn.
function describe(thrown) {
  const text = (read, otherwise) => {
    try {
      const value = read();
      return value === undefined ? otherwise : String(value);
    } catch {
      return otherwise;
    }
  };
  if (thrown === null || typeof thrown !== 'object') return { name: 'Error', message: text(() => thrown, 'undefined'), stack: '' };
  return {
    name: text(() => thrown.name, 'Error'),
    message: text(() => thrown.message, 'something that is no error'),
    stack: text(() => thrown.stack, ''),
  };
}
