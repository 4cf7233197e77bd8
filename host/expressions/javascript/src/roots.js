// The names that an expression can use, as accessors of the global object: evaluated when read, never assigned.

import jmespath from 'jmespath';
import { clock } from './clock.js';
import { isEmpty } from './extensions/empty.js';
import { Failure } from './failure.js';
import { $input, $item, $items, $node, node } from './nodes.js';
import { contextPart, currentItem, state } from './state.js';
import { DateTime, Duration, Interval } from './time/luxon.js';

const context = (part) => () => contextPart(part);

const getters = {
  $json: () => currentItem()?.json,
  $binary: () => currentItem()?.binary,
  $itemIndex: place,
  $position: place,
  $now: () => copy((state.now ??= frozen(DateTime.fromMillis(clock())))),
  $today: () => copy((state.today ??= frozen(DateTime.fromMillis(clock()).startOf('day')))),
  $vars: context('vars'),
  $run: context('run'),
  $workflow: context('workflow'),
  $execution: context('execution'),
  $iteration: context('iteration'),
  $runIndex: () => state.context.runIndex ?? 0,
  $prevNode: () => contextPart('prevNode') ?? refuse('the node before is not known here')(),
  $env: refuse('the environment is not readable: put the value into a variable (`$vars`) or a credential'),
  $secrets: refuse('secrets are not values: choose a credential in the node'),
  $parameter: refuse('parameters cannot look at each other: compute the value in an Edit Fields node before, or write the expression twice'),
  $response: refuse(pagination('$response')),
  $request: refuse(pagination('$request')),
  $pageCount: refuse(pagination('$pageCount')),
};

const values = {
  $: node,
  $input,
  $node,
  $items,
  $item,
  $if,
  $ifEmpty,
  $jmespath,
  $jmesPath: $jmespath,
  $min: Math.min,
  $max: Math.max,
  $fromAI: () => refuse('`$fromAI()` has no value: no AI agent calls nodes as tools here; take what a node before this one gives, `$json`')(),
  DateTime,
  Duration,
  Interval,
};

export function defineRoots() {
  for (const [name, get] of Object.entries(getters)) {
    Object.defineProperty(globalThis, name, { get, enumerable: true, configurable: false });
  }
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, enumerable: true, configurable: false, writable: false });
  }
}

export const ROOT_NAMES = [...Object.keys(getters), ...Object.keys(values)];

// Luxon keeps what it has computed in the date itself, so everybody gets a date of their own; the fields within can be shared.
function copy(date) {
  return Object.assign(Object.create(DateTime.prototype), date);
}

function frozen(date) {
  Object.freeze(date.c);
  return date;
}

function place() {
  return state.at < 0 ? currentItem() : state.firstIndex + state.at;
}

function pagination(name) {
  return `\`${name}\` has no value: the HTTP Request node pages by its parameter \`pagination\`, without expressions`;
}

function refuse(why) {
  return () => {
    throw new Failure('unresolved', why);
  };
}

function $if(condition, then, otherwise) {
  return condition ? then : otherwise;
}

function $ifEmpty(value, otherwise) {
  return isEmpty(value) ? otherwise : value;
}

function $jmespath(data, query) {
  if (data === null || typeof data !== 'object') throw new TypeError('$jmespath() wants an object or an array first');
  if (typeof query !== 'string') throw new TypeError('$jmespath() wants the query as its second argument');
  return jmespath.search(data, query);
}
