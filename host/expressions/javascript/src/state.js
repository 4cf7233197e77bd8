// What the expressions of the present call can see. There is one call at a time.

import { setClock } from './clock.js';
import { Failure } from './failure.js';
import { seed } from './random.js';
import { forgetDates, setZone } from './time/luxon.js';

const EMPTY = Object.freeze({});

export const state = {
  items: [],
  firstIndex: 0,
  // Number of items of the whole input.
  inputCount: 0,
  input: null,
  // Items of the input that are not in `items`, by index.
  itemsAt: EMPTY,
  // Items that were asked for by their index and are not there: the host may send them and call again.
  missing: new Map(),
  nodes: EMPTY,
  nodeNames: [],
  // Why items of other nodes cannot be had, where that is so.
  withoutNodes: undefined,
  // Why there is no current item, where that is a mistake to ask for.
  withoutItem: undefined,
  context: EMPTY,
  // Those parts of the context that were asked for, frozen.
  frozen: {},
  // `$now` and `$today`, once they were asked for.
  now: undefined,
  today: undefined,
  // Place in `items`, or -1 outside of any item.
  at: -1,
  // The expression at hand changes what it is given: it gets copies.
  copies: false,
};

let copied = new Map();

export function beginCall(request) {
  const context = request.context ?? {};
  state.items = request.items ?? [];
  state.firstIndex = request.firstIndex ?? 0;
  state.inputCount = request.inputCount ?? state.firstIndex + state.items.length;
  state.input = request.input ?? null;
  state.itemsAt = request.itemsAt ?? EMPTY;
  state.missing = new Map();
  state.nodes = request.nodes ?? EMPTY;
  state.nodeNames = request.nodeNames ?? [];
  state.context = context;
  state.frozen = {};
  state.at = -1;
  state.now = undefined;
  state.today = undefined;
  setClock(context.nowMs ?? 0);
  setZone(context.timeZone ?? 'UTC');
  seed(context.seed ?? '');
}

export function endCall() {
  beginCall({});
  forgetDates();
  copied = new Map();
}

export function beginEvaluation(at, copies) {
  state.at = at;
  state.copies = copies;
  if (copied.size > 0) copied = new Map();
}

// A part of the context, the same for every expression.
export function contextPart(part) {
  return (state.frozen[part] ??= freezeDeep(state.context[part]));
}

// The item at a place of `items`, as an expression may have it.
export function itemAt(at) {
  return own(state.items[at]);
}

// An item, or its copy if the expression changes things; the same one throughout an evaluation.
export function own(item) {
  if (item === undefined || item === null) return undefined;
  if (item.binary === undefined) item.binary = {};
  if (!state.copies) return item;
  let copy = copied.get(item);
  if (copy === undefined) copied.set(item, (copy = JSON.parse(JSON.stringify(item))));
  return copy;
}

// The item at hand, if there is one.
export function currentItem() {
  if (state.at < 0 && state.withoutItem !== undefined) throw new Failure('unresolved', state.withoutItem);
  return itemAt(state.at);
}

// A list of items; always a fresh array, so that sorting it changes nothing for others.
export function ownList(items) {
  return items.map(own);
}

function freezeDeep(value) {
  if (value !== null && typeof value === 'object') {
    for (const key of Object.keys(value)) freezeDeep(value[key]);
    Object.freeze(value);
  }
  return value;
}
