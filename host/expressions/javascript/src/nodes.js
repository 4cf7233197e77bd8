// `$input`, `$('Name')`, `$node["Name"]`, `$items()`: items of this node and of others.

import { Failure } from './failure.js';
import { itemAt, own, ownList, state } from './state.js';
import { didYouMean, MOST_AVAILABLE, quotedList } from './suggest.js';

const absent = (what) => () => {
  throw new Failure('unresolved', what);
};

function firstPortOnly(branch) {
  if (branch !== undefined && branch !== null && branch !== 0) {
    throw new Failure('unresolved', `only the first output can be read, not output ${branch}`);
  }
}

// What `all` and others of a node's output throw if the host did not send them; the host may send them and call again.
function notLoaded(name, part) {
  const what = name === undefined ? '$input' : `$('${name}')`;
  throw new Failure('not-loaded', `the items of ${what} were not loaded`, { node: name ?? null, part });
}

function pick(output, part, name) {
  if (output.all) return output.all[part === 'first' ? 0 : output.all.length - 1];
  if (output.count === 0) return undefined;
  if (output[part] === undefined) notLoaded(name, part);
  return output[part] ?? undefined;
}

function everything(output, name) {
  if (output.all) return ownList(output.all);
  if (output.count === 0) return [];
  return notLoaded(name, 'all');
}

function input() {
  return state.input ?? { all: state.items };
}

export const $input = Object.freeze({
  get item() {
    return itemAt(state.at);
  },
  get params() {
    return absent('the parameters of the node before are not values')();
  },
  first(branch) {
    firstPortOnly(branch);
    return own(pick(input(), 'first'));
  },
  last(branch) {
    firstPortOnly(branch);
    return own(pick(input(), 'last'));
  },
  all(branch) {
    firstPortOnly(branch);
    return everything(input());
  },
  toJSON: absent('`$input` is no value: write `$input.item`, `$input.first()`, `$input.last()` or `$input.all()`'),
});

const PARTS = '`.item`, `.first()`, `.last()` or `.all()`';

class Node {
  #name;

  constructor(name) {
    this.#name = name;
    Object.freeze(this);
  }

  get isExecuted() {
    return this.#output() !== undefined;
  }

  get item() {
    return this.itemMatching(state.firstIndex + state.at);
  }

  get pairedItem() {
    return (index) => (index === undefined ? this.item : this.itemMatching(index));
  }

  get json() {
    return this.item?.json;
  }

  get binary() {
    return this.item?.binary;
  }

  get params() {
    return absent(`the parameters of \`${this.#name}\` are not values`)();
  }

  get context() {
    return absent(`the context of \`${this.#name}\` is not kept`)();
  }

  itemMatching(index) {
    if (typeof index !== 'number') throw new Failure('unresolved', 'itemMatching() wants the index of an input item');
    const output = this.#output();
    if (output === undefined || state.at < 0) return undefined;
    if (!output.item) notLoaded(this.#name, 'item');
    return own(output.item[index - state.firstIndex]);
  }

  first(branch) {
    firstPortOnly(branch);
    const output = this.#output();
    return output && own(pick(output, 'first', this.#name));
  }

  last(branch) {
    firstPortOnly(branch);
    const output = this.#output();
    return output && own(pick(output, 'last', this.#name));
  }

  all(branch) {
    firstPortOnly(branch);
    const output = this.#output();
    return output && everything(output, this.#name);
  }

  toJSON() {
    return absent(`\`$('${this.#name}')\` is a node, not a value: write ${PARTS} behind it`)();
  }

  #output() {
    const output = Object.hasOwn(state.nodes, this.#name) ? state.nodes[this.#name] : notLoaded(this.#name, 'ran');
    return output.ran === false ? undefined : output;
  }
}

export function node(name) {
  if (arguments.length === 0) throw new Failure('unresolved', '$() wants the name of a node');
  if (state.withoutNodes !== undefined) throw new Failure('unresolved', state.withoutNodes);
  const known = state.nodeNames;
  if (typeof name !== 'string' || !(known.includes(name) || Object.hasOwn(state.nodes, name))) {
    const meant = typeof name === 'string' ? didYouMean(name, known) : '';
    const others = meant === '' && known.length > 0 ? `; there are ${quotedList(known)}` : '';
    const message = `there is no node \`${String(name)}\`${meant}${others}`;
    throw new Failure('unresolved', message, { available: known.slice(0, MOST_AVAILABLE) });
  }
  return new Node(name);
}

// `$node["Name"]`: every property is a node.
export const $node = new Proxy(Object.freeze(Object.create(null)), {
  get: (_, name) => (typeof name === 'string' ? (name === 'toJSON' ? undefined : node(name)) : undefined),
  has: (_, name) => state.nodeNames.includes(name),
});

export function $items(name, branch) {
  return name === undefined ? $input.all(branch) : node(name).all(branch);
}

// `$item(0).$node["Name"]`, `$item(0).$json`: as if the item at that index were the current one.
export function $item(index) {
  const at = index - state.firstIndex;
  if (!Number.isInteger(at) || at < 0 || at >= state.items.length) {
    throw new Failure('unresolved', `there is no input item ${String(index)}; there are ${state.items.length}`);
  }
  const item = itemAt(at);
  const nodes = new Proxy(Object.freeze(Object.create(null)), {
    get: (_, name) => (typeof name === 'string' ? node(name).itemMatching(index) : undefined),
  });
  return Object.freeze({ $json: item.json, $binary: item.binary, json: item.json, binary: item.binary, $node: nodes });
}

Object.freeze(Node);
Object.freeze(Node.prototype);
