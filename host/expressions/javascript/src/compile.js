// From the text of an expression to a function, once for each text.

import { parseExpressionAt } from 'acorn';
import { Compiled } from './contain.js';
import { Failure } from './failure.js';
import { EXTENSIONS } from './extensions/objects.js';

// Lines before the author's text in what is compiled: two that the engine adds, one that is ours.
export const LINES_BEFORE = 3;
// Most functions kept; a workflow has some hundred expressions.
const MOST_KEPT = 10_000;

const OPTIONS = { ecmaVersion: 2024, allowAwaitOutsideFunction: false, preserveParens: true };
const EXTENDED = new RegExp(`\\.\\s*(${[...EXTENSIONS].join('|')})\\s*(\\?\\.\\s*)?\\(`);
const CHANGES =
  /(?<![=!<>])=(?![=>])|\+\+|--|\bdelete\b|\.\s*(sort|reverse|push|pop|shift|unshift|splice|fill|copyWithin|assign|defineProperty|defineProperties|setPrototypeOf|set)\s*\(/;

const kept = new Map();

// `run`: the function; `copies`: it changes what it is given; `allowsAbsence`: undefined is an answer.
export function compile(source) {
  let expression = kept.get(source);
  if (expression === undefined) {
    expression = make(source);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(source, expression);
  }
  return expression;
}

function make(source) {
  const expression = { source, run: undefined, fault: undefined, copies: CHANGES.test(source), edits: [], tree: undefined, absence: undefined };
  try {
    if (needsTree(source)) {
      expression.tree = parse(source);
      expression.edits = edits(expression.tree, source);
    }
    expression.run = Compiled('$$', `"use strict"; return (\n${apply(expression.edits, source)}\n)`);
  } catch (error) {
    expression.fault = error instanceof Failure ? error : syntaxFault(source, error);
  }
  return expression;
}

function needsTree(source) {
  return EXTENDED.test(source) || source.includes(';') || /\b(await|arguments|eval|import|new\.target|globalThis)\b/.test(source) || !balanced(source);
}

// No bracket closes what the text did not open; a rough look, the parser has the last word.
function balanced(source) {
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if ((c === 41 || c === 93 || c === 125) && --depth < 0) return false;
  }
  return depth === 0;
}

export function parse(source) {
  let tree;
  try {
    tree = parseExpressionAt(source, 0, OPTIONS);
  } catch (error) {
    throw syntaxFault(source, error);
  }
  const rest = source.slice(tree.end).replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
  const at = rest.search(/\S/);
  if (at >= 0) {
    const place = tree.end + source.slice(tree.end).indexOf(rest.slice(at).split('\n')[0]);
    const what = rest[at] === ';' ? 'an expression is one value: no `;`, no statements' : `unexpected \`${rest[at]}\``;
    throw syntaxAt(source, what, place);
  }
  return tree;
}

function syntaxFault(source, error) {
  if (error instanceof Failure) return error;
  if (typeof error.pos === 'number') return syntaxAt(source, lower(error.message.replace(/ \(\d+:\d+\)$/, '')), error.pos);
  // The engine's own words, if only it objects.
  try {
    parse(source);
  } catch (failure) {
    return failure;
  }
  return new Failure('syntax', String(error.message), { line: 1, column: 1 });
}

function syntaxAt(source, message, at) {
  const word = /^(const|let|var|if|for|while|return|throw|try|switch|do)\b/.exec(source);
  const hint = word ? `: an expression is one value, \`${word[1]}\` begins a statement; write \`(() => { .. })()\` or use a Code node` : '';
  return new Failure('syntax', message + hint, placeOf(source, at));
}

// Line and column from 1 of a place in a text.
export function placeOf(source, at) {
  const before = source.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

function lower(message) {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

// `x.keys()` becomes `x[$$.keys]()`: methods of objects have symbols for names, so that no field of data is ever mistaken for
// one. `x.isEmpty()` becomes `$$.isEmpty(x)`, because nothing is empty too.
function edits(tree, source) {
  const found = [];
  walk(tree, (node) => {
    if (node.type === 'ImportExpression') throw syntaxAt(source, 'nothing can be imported here', node.start);
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression' || node.callee.computed) return;
    const { object, property, optional } = node.callee;
    if (!EXTENSIONS.has(property.name)) return;
    const dot = source.lastIndexOf('.', property.start);
    if (property.name === 'isEmpty' || property.name === 'isNotEmpty') {
      found.push({ at: object.start, remove: 0, insert: `$$.${property.name}((` });
      const open = source.indexOf('(', node.callee.end);
      found.push({ at: object.end, remove: open + 1 - object.end, insert: `)${node.arguments.length > 0 ? ',' : ''}` });
    } else {
      const start = optional ? source.lastIndexOf('?', property.start) : dot;
      found.push({ at: start, remove: property.end - start, insert: `${optional ? '?.' : ''}[$$.${property.name}]` });
    }
  });
  return found.sort((a, b) => a.at - b.at);
}

function apply(edits, source) {
  let text = '';
  let at = 0;
  for (const edit of edits) {
    text += source.slice(at, edit.at) + edit.insert;
    at = edit.at + edit.remove;
  }
  return text + source.slice(at);
}

// The author's line and column for a place in what was compiled.
export function authorsPlace(expression, line, column) {
  if (expression.edits.length === 0) return { line, column };
  const text = apply(expression.edits, expression.source);
  let offset = column - 1;
  const lines = text.split('\n');
  for (let i = 0; i < line - 1 && i < lines.length; i++) offset += lines[i].length + 1;
  let moved = 0;
  for (const edit of expression.edits) {
    const start = edit.at + moved;
    if (offset < start) break;
    if (offset < start + edit.insert.length) return placeOf(expression.source, edit.at);
    moved += edit.insert.length - edit.remove;
  }
  return placeOf(expression.source, offset - moved);
}

// Calls `visit` for every node, outer ones first.
export function walk(tree, visit) {
  const waiting = [tree];
  while (waiting.length > 0) {
    const node = waiting.pop();
    visit(node);
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (let i = value.length - 1; i >= 0; i--) if (value[i]?.type) waiting.push(value[i]);
      } else if (value?.type) {
        waiting.push(value);
      }
    }
  }
}

// An author who writes `?.` or `??` allows that nothing is there; behind the last `??` a plain path needs its own `?.`, as in the
// native evaluator.
export function allowsAbsence(expression) {
  if (expression.absence === undefined) expression.absence = /\?\.(?!\d)|\?\?/.test(expression.source) && permits(expression);
  return expression.absence;
}

function permits(expression) {
  let tree = (expression.tree ??= parse(expression.source));
  while (tree.type === 'ParenthesizedExpression') tree = tree.expression;
  if (tree.type === 'LogicalExpression' && tree.operator === '??') {
    tree = tree.right;
    if (isPath(tree)) return hasOptional(tree);
    return true;
  }
  return hasOptional(tree) || hasCoalescing(tree);
}

function hasOptional(tree) {
  let found = false;
  walk(tree, (node) => (found ||= node.optional === true));
  return found;
}

function hasCoalescing(tree) {
  let found = false;
  walk(tree, (node) => (found ||= node.type === 'LogicalExpression' && node.operator === '??'));
  return found;
}

export function isPath(tree) {
  if (tree.type === 'ChainExpression') return isPath(tree.expression);
  if (tree.type === 'MemberExpression') return (!tree.computed || tree.property.type === 'Literal') && isPath(tree.object);
  if (tree.type === 'CallExpression') return tree.arguments.every((argument) => argument.type === 'Literal') && isPath(tree.callee);
  return tree.type === 'Identifier' && tree.name.startsWith('$');
}
