// The component: one request with all expressions of a step, one response.

import './clock.js';
import './random.js';
import './intl/install.js';
import { cellOf, errorCell, written } from './cells.js';
import { compile } from './compile.js';
import { contain } from './contain.js';
import { calls } from './extensions/objects.js';
import './extensions/all.js';
import { defineRoots } from './roots.js';
import { beginCall, beginEvaluation, endCall, state } from './state.js';

defineRoots();
contain();

export function evaluate(text) {
  const request = JSON.parse(text);
  beginCall(request);
  try {
    return written(answer(request));
  } finally {
    endCall();
  }
}

function answer({ expressions, perItem, items }) {
  const compiled = expressions.map((source) => compile(source));
  const shared = compiled.map((expression, index) => (perItem[index] ? null : once(expression, -1)));
  const rows = [];
  if (perItem.includes(true)) {
    for (let at = 0; at < items.length; at++) {
      rows.push(compiled.map((expression, index) => (perItem[index] ? once(expression, at) : null)));
    }
  } else {
    for (let at = 0; at < items.length; at++) rows.push(compiled.map(() => null));
  }
  return state.missing.size === 0 ? { shared, items: rows } : { shared, items: rows, missing: [...state.missing.values()] };
}

function once(expression, at) {
  if (expression.fault !== undefined) return errorCell(expression.fault, expression);
  beginEvaluation(at, expression.copies);
  try {
    return cellOf(expression.run.call(undefined, calls), expression);
  } catch (error) {
    return errorCell(error, expression);
  }
}
