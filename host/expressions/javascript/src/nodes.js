// `$input`, `$('Name')`, `$node["Name"]`, `$items()`: items of this node and of others.

import { Failure } from './failure.js';
import { currentItem, own, ownList, state } from './state.js';
import { didYouMean, MOST_AVAILABLE, quotedList } from './suggest.js';

const absent = (what) => () => {
  throw new Failure('unresolved', what);
};

const given = (value) => value !== undefined && value !== null;

function withoutArguments(values) {
  if (values.some(given)) throw new Failure('unresolved', 'what stands behind `$input` takes no arguments: it is the items of the first input');
}

// What `all` and others of a node's output throw if the host did not send them; the host may send them and call again.
function notLoaded(name, part) {
  const what = name === undefined ? '$input' : `$('${name}')`;
  throw new Failure('not-loaded', `the items of ${what} were not loaded`, { node: name ?? null, part });
}

// An item by its place in the whole input, `near` if that is of the batch at hand.
function byIndex(index, near, far, name) {
  if (!Number.isInteger(index) || index < 0 || index >= state.inputCount) {
    throw new Failure('unresolved', `there is no input item ${String(index)}; there are ${state.inputCount}`);
  }
  const at = index - state.firstIndex;
  if (at >= 0 && at < state.items.length) return near[at];
  if (Object.hasOwn(far, index)) return far[index];
  if (state.missing.size < MOST_MISSING) state.missing.set(`${index} ${name}`, { node: name, index });
  throw new Failure('not-loaded', `the input item ${index} is not loaded`, { node: name ?? null, part: 'item' });
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
    return currentItem();
  },
  get params() {
    return absent('the parameters of the node before are not values')();
  },
  first(...values) {
    withoutArguments(values);
    return own(pick(input(), 'first'));
  },
  last(...values) {
    withoutArguments(values);
    return own(pick(input(), 'last'));
  },
  all(...values) {
    withoutArguments(values);
    return everything(input());
  },
  toJSON: absent('`$input` is no value: write `$input.item`, `$input.first()`, `$input.last()` or `$input.all()`'),
});

const MOST_MISSING = 1_000;
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
    return this.#present().json;
  }

  get binary() {
    return this.#present().binary;
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
    return own(byIndex(index, output.item, output.itemsAt ?? {}, this.#name));
  }

  first(branch, run) {
    const port = this.#port(branch, run);
    return port && own(pick(port, 'first', this.#name));
  }

  last(branch, run) {
    const port = this.#port(branch, run);
    return port && own(pick(port, 'last', this.#name));
  }

  all(branch, run) {
    const port = this.#port(branch, run);
    return port && everything(port, this.#name);
  }

  toJSON() {
    return absent(`\`$('${this.#name}')\` is a node, not a value: write ${PARTS} behind it`)();
  }

  // As for `$('Name').item.json`: where there is no item, there is nothing to look into.
  #present() {
    const item = this.item;
    if (item !== undefined) return item;
    throw new Failure('unresolved', `${whyNoItem(this.#name)}. If that may be, write \`$('${this.#name}').item?.\``);
  }

  // What left by an output: that which leads here, if none is named.
  #port(branch, run) {
    const output = this.#output();
    if (output === undefined) return undefined;
    const name = this.#name;
    if (given(run) && run !== -1 && run !== output.run) {
      const hint = 'what all rounds of a loop emitted leaves by its output `done`';
      throw new Failure('unresolved', `of \`${name}\` only run ${output.run} can be read here, not run ${String(run)}; ${hint}`);
    }
    const at = given(branch) ? branch : output.branch;
    if (given(branch) && !(Number.isInteger(at) && at >= 0 && at < output.ports.length)) {
      const known = output.names.map((port, index) => `${index} (\`${port}\`)`).join(', ');
      throw new Failure('unresolved', `\`${name}\` has no output ${String(at)}; there are ${known}`);
    }
    return output.ports.length === 0 ? { all: [] } : (output.ports[at] ?? notLoaded(name, 'all'));
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

// Without a number it is the first output, as in n8n.
export function $items(name, branch, run) {
  return name === undefined ? $input.all(branch, run) : node(name).all(branch ?? 0, run);
}

// Why nothing leads from the current item to one of the node, for errors.
export function whyNoItem(name) {
  if (state.nodes[name]?.ran === false) return `\`${name}\` has not run`;
  if (state.at < 0) return 'there is no current item';
  return `this item does not come from an item of \`${name}\`; \`first()\`, \`last()\` and \`all()\` take any`;
}

// Why there is no item of an output.
export function nothingEmitted(name, branch) {
  const output = state.nodes[name];
  const port = output?.names?.[branch ?? output.branch];
  return port === undefined || output.names.length < 2 ? `\`${name}\` emitted no items` : `\`${name}\` emitted no items by its output \`${port}\``;
}

// `$item(0).$node["Name"]`, `$item(0).$json`: as if the item at that index were the current one.
export function $item(index) {
  const item = own(byIndex(index, state.items, state.itemsAt));
  const nodes = new Proxy(Object.freeze(Object.create(null)), {
    get: (_, name) => (typeof name === 'string' ? node(name).itemMatching(index) : undefined),
  });
  return Object.freeze({ $json: item.json, $binary: item.binary, json: item.json, binary: item.binary, $node: nodes });
}

Object.freeze(Node);
Object.freeze(Node.prototype);
