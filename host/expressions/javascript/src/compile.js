// From the text of an expression to a function, once for each text.

import { parseExpressionAt } from 'acorn';
import { Compiled } from './contain.js';
import { Failure } from './failure.js';
import { EXTENSIONS } from './extensions/objects.js';
import { extend } from './extended.js';
import { Edits, parseFault, syntaxAt, walk } from './source.js';

// Most functions kept; a workflow has some hundred expressions.
const MOST_KEPT = 10_000;

const OPTIONS = { ecmaVersion: 2025, allowAwaitOutsideFunction: false, preserveParens: true };
const EXTENDED = new RegExp(`\\.\\s*(${[...EXTENSIONS].join('|')})\\s*(\\?\\.\\s*)?\\(`);
const CHANGES =
  /(?<![=!<>])=(?![=>])|\+\+|--|\bdelete\b|\.\s*(sort|reverse|push|pop|shift|unshift|splice|fill|copyWithin|assign|defineProperty|defineProperties|setPrototypeOf|set)\s*\(/;

const RESERVED = /\b(await|arguments|eval|import|new\.target|globalThis)\b/;

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
  const expression = { source, run: undefined, fault: undefined, copies: CHANGES.test(source), edits: new Edits(), tree: undefined, absence: undefined, paths: undefined };
  try {
    if (needsTree(source)) {
      expression.tree = parse(source);
      walk(expression.tree, (node) => extend(node, source, expression.edits));
    }
    expression.run = Compiled('$$', `"use strict"; return (\n${expression.edits.apply(source)}\n)`);
  } catch (error) {
    expression.fault = error instanceof Failure ? error : syntaxFault(source, error);
  }
  return expression;
}

function needsTree(source) {
  return (source.includes('(') && EXTENDED.test(source)) || source.includes(';') || RESERVED.test(source) || !balanced(source);
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
    const failure = parseFault(source, error);
    failure.message += statementHint(source);
    throw failure;
  }
  const rest = source.slice(tree.end).replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
  const at = rest.search(/\S/);
  if (at >= 0) {
    const place = tree.end + source.slice(tree.end).indexOf(rest.slice(at).split('\n')[0]);
    const what = rest[at] === ';' ? 'an expression is one value: no `;`, no statements' : `unexpected \`${rest[at]}\``;
    throw syntaxAt(source, what + statementHint(source), place);
  }
  return tree;
}

function syntaxFault(source, error) {
  if (error instanceof Failure) return error;
  // The engine's own words, if only it objects.
  try {
    parse(source);
  } catch (failure) {
    return failure;
  }
  return new Failure('syntax', String(error.message), { line: 1, column: 1 });
}

function statementHint(source) {
  const word = /^(const|let|var|if|for|while|return|throw|try|switch|do)\b/.exec(source);
  return word ? `: an expression is one value, \`${word[1]}\` begins a statement; write \`(() => { .. })()\` or use a Code node` : '';
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
  if (tree.type === 'MemberExpression') return (!tree.computed || isLiteral(tree.property)) && isPath(tree.object);
  if (tree.type === 'CallExpression') return tree.arguments.every((argument) => argument.type === 'Literal') && isPath(tree.callee);
  return tree.type === 'Identifier' && tree.name.startsWith('$');
}

function isLiteral(tree) {
  return tree.type === 'Literal' || (tree.type === 'UnaryExpression' && tree.operator === '-' && tree.argument.type === 'Literal');
}
