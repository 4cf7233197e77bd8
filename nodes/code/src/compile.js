// From the author's text to a function. `await` becomes `yield`, `async` functions become generators: see promise.js.

import { parse } from 'acorn';
import { Compiled } from '../../../host/expressions/javascript/src/contain.js';
import { calls } from '../../../host/expressions/javascript/src/extensions/objects.js';
import { extend } from '../../../host/expressions/javascript/src/extended.js';
import { Failure } from '../../../host/expressions/javascript/src/failure.js';
import { Edits, parseFault, syntaxAt, walk } from '../../../host/expressions/javascript/src/source.js';
import { direct } from './direct.js';
import { spawn } from './promise.js';

const OPTIONS = { ecmaVersion: 2025, sourceType: 'script', allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true, preserveParens: true };
// What the rewritten code sees as `$$`.
const given = Object.freeze({ ...calls, spawn });
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

// A function of `names`, and how places in it are told. What waits for something returns a promise.
export function compile(source, names) {
  const run = direct(source, names);
  if (run !== undefined) return new Code(source, new Edits(), run);
  const { tree, edits } = rewritten(source);
  const text = `"use strict"; return function* (${names.join()}) {\n${edits.apply(source)}\n}`;
  try {
    const steps = Compiled('$$', text)(given);
    return new Code(source, edits, (...values) => spawn(steps, undefined, values), tree);
  } catch (error) {
    throw new Failure('syntax', `${error.message} (in strict mode)`, { line: 1, column: 1 });
  }
}

class Code {
  #tree;

  constructor(source, edits, run, tree) {
    this.source = source;
    this.edits = edits;
    this.run = run;
    this.#tree = tree;
  }

  // Only errors ask for it.
  get tree() {
    return (this.#tree ??= parsed(this.source));
  }
}

function rewritten(source) {
  const edits = new Edits();
  const tree = parsed(source);
  walk(tree, (node, parent) => {
    extend(node, source, edits);
    if (node.type === 'AwaitExpression') awaited(node, edits);
    if (node.type === 'ForOfStatement' && node.await) throw syntaxAt(source, '`for await` is not known here: `await` what it goes over first', node.start);
    if (FUNCTIONS.has(node.type) && node.async) asynchronous(node, parent, source, edits);
  });
  return { tree, edits };
}

function parsed(source) {
  try {
    return parse(source, OPTIONS);
  } catch (error) {
    throw parseFault(source, error);
  }
}

function awaited(node, edits) {
  edits.before(node.start, '(yield', 'await'.length);
  edits.after(node.end, ')');
}

function asynchronous(node, parent, source, edits) {
  if (node.generator) throw syntaxAt(source, '`async` generators are not known here', node.start);
  const isMethod = (parent.type === 'Property' && parent.method) || parent.type === 'MethodDefinition';
  if (isMethod) {
    const word = /\basync\b/.exec(source.slice(parent.start, parent.key.start));
    edits.before(parent.start + word.index, '', 'async'.length);
  } else {
    edits.before(node.start, '', 'async'.length);
  }
  const end = node.type === 'ArrowFunctionExpression' ? '}, this)' : '}, this, arguments)';
  const { body } = node;
  if (body.type === 'BlockStatement') {
    edits.before(body.start + 1, ' return $$.spawn(function* () {');
    edits.after(body.end - 1, `${end};`);
  } else {
    edits.before(body.start, '$$.spawn(function* () { return (');
    edits.after(body.end, `); ${end}`);
  }
}
