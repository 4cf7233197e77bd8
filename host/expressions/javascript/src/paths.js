// Finds the paths of an expression (`$json.a.b`, `$('X').first().json`) and follows them to where they end too early.

import { node as nodeOf, nothingEmitted, whyNoItem } from './nodes.js';
import { walk } from './source.js';
import { state } from './state.js';
import { MOST_AVAILABLE } from './suggest.js';

const PICKS = new Set(['first', 'last', 'all', 'itemMatching']);

// Longest paths that begin with a root of ours, in the order of the text.
export function paths(tree) {
  const found = [];
  walk(tree, (node) => {
    if (node.type === 'MemberExpression' && rootOf(node) && !found.some((path) => path.start <= node.start && node.end <= path.end)) found.push(node);
  });
  return found.sort((a, b) => a.start - b.start);
}

function rootOf(node) {
  let at = node;
  while (at.type === 'MemberExpression' || at.type === 'CallExpression' || at.type === 'ChainExpression' || at.type === 'ParenthesizedExpression') {
    at = at.object ?? at.callee ?? at.expression;
  }
  return at.type === 'Identifier' && at.name.startsWith('$') ? at : undefined;
}

// Where the path leads nowhere: `broken` is the part that is undefined or null, `before` and `value` what it was looked for in,
// `step` under which name, `next` the name that was wanted of it; `whole` if nothing was. Undefined if it cannot be told.
export function follow(path) {
  const links = [];
  for (let at = path; ; at = at.object ?? at.callee ?? at.expression) {
    links.unshift(at);
    if (at.type === 'Identifier') break;
  }
  let value;
  let before;
  let last;
  for (const [index, link] of links.entries()) {
    if (link.type === 'ChainExpression' || link.type === 'ParenthesizedExpression') continue;
    if (link.type === 'CallExpression' && before && link.callee.type === 'MemberExpression') continue;
    const step = take(link, value, links[index + 1]);
    if (step === undefined) return undefined;
    if (step.pending) {
      before = link;
      continue;
    }
    if (step.value === undefined || step.value === null) {
      const broken = step.called ? links[index + 1] : link;
      const rest = links.slice(index + 1).find((one) => one.type === 'MemberExpression');
      const reported = step.value === null ? { before: link, value: null, step: rest && nameOf(rest) } : { before: last ?? link, value, step: step.name };
      return { ...reported, why: step.why, available: step.value === null ? undefined : names(value), broken, next: rest && nameOf(rest), whole: rest === undefined };
    }
    value = step.value;
    last = link;
  }
  return undefined;
}

function take(link, value, after) {
  if (link.type === 'Identifier') return root(link.name, after);
  if (link.type === 'CallExpression') return call(link, value);
  const name = nameOf(link);
  if (name === undefined) return undefined;
  if (after?.type === 'CallExpression' && after.callee === link) {
    // A method: only those of nodes are called again.
    return PICKS.has(name) && isOfNode(link) ? picked(link, after, value, name) : undefined;
  }
  try {
    return { value: Object(value)[name], name, why: name === 'item' && isOfNode(link) ? whyNothing(link, value, name) : undefined };
  } catch {
    return undefined;
  }
}

function root(name, after) {
  if (name === '$') return { value: nodeOf };
  if (after === undefined || !(name in globalThis)) return undefined;
  try {
    const value = globalThis[name];
    return { value, why: value === undefined && state.at < 0 ? 'there is no current item' : undefined, name };
  } catch {
    return undefined;
  }
}

function call(link, value) {
  if (value !== nodeOf || link.arguments[0]?.type !== 'Literal') return value !== null && typeof value === 'object' ? { value } : undefined;
  try {
    return { value: nodeOf(link.arguments[0].value) };
  } catch {
    return undefined;
  }
}

function picked(link, call, value, name) {
  const given = call.arguments.map((argument) => argument.value);
  try {
    const found = value[name](...given);
    return { value: found, called: true, name, why: found === undefined ? whyNothing(link, value, name, given[0]) : undefined };
  } catch {
    return undefined;
  }
}

function isOfNode(link) {
  const { object } = link;
  if (object.type === 'Identifier') return object.name === '$input';
  if (object.type === 'CallExpression') return object.callee.type === 'Identifier' && object.callee.name === '$';
  return object.type === 'MemberExpression' && object.object.type === 'Identifier' && object.object.name === '$node';
}

function whyNothing(link, value, name, branch) {
  if (link.object.type === 'Identifier') return name === 'item' ? 'there is no current item' : 'the input has no items';
  const literal = link.object.type === 'CallExpression' ? link.object.arguments[0] : link.object.object.name === '$node' ? link.object.property : link.object.object.property;
  const shown = literal.type === 'Identifier' ? literal.name : literal.value;
  if (!value.isExecuted) return `\`${shown}\` has not run`;
  if (name === 'item' || name === 'itemMatching') return whyNoItem(shown);
  return nothingEmitted(shown, branch);
}

function nameOf(link) {
  if (!link.computed) return link.property.name;
  return link.property.type === 'Literal' ? String(link.property.value) : undefined;
}

function names(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value).slice(0, MOST_AVAILABLE) : undefined;
}
