// What the author's code returned, as items with their sources.

import { isPlain } from '../../../host/expressions/javascript/src/extensions/empty.js';
import { Failure } from '../../../host/expressions/javascript/src/failure.js';
import { attachments } from './attachments.js';

const KEYS = new Set(['json', 'binary', 'pairedItem']);

// Items of the mode that runs once for all.
export function itemsOf(returned, inputs) {
  if (returned === undefined || returned === null) {
    throw wrong('the code returned nothing: end it with `return` and a list of items, such as `return $input.all();`');
  }
  const list = Array.isArray(returned) ? returned : [returned];
  const wrapped = list.some((one) => isPlain(one) && 'json' in one);
  const items = list.map((one, index) => itemOf(one, wrapped, place(returned, index)));
  const told = items.some((item) => item.pairedItem !== undefined);
  return items.map((item, index) => finished(item, told ? undefined : implied(list[index], index, list.length, inputs), inputs, place(returned, index)));
}

// The item of the mode that runs for each.
export function oneItemOf(returned, at, inputs) {
  if (Array.isArray(returned)) {
    throw wrong('the code returned a list, but runs for each item: return one object, or choose the mode for all items');
  }
  if (returned === undefined || returned === null) {
    throw wrong('the code returned nothing for this item: end it with `return` and an object');
  }
  const item = itemOf(returned, isPlain(returned) && 'json' in returned, 'what was returned');
  return finished(item, [at], inputs, 'what was returned');
}

function place(returned, index) {
  return Array.isArray(returned) ? `element ${index} of what was returned` : 'what was returned';
}

function itemOf(one, wrapped, where) {
  if (!isPlain(one)) throw wrong(`${where} is ${described(one)}: an item is an object`);
  if (!wrapped) return { json: one };
  if (!('json' in one)) throw wrong(`${where} has no \`json\`, but others have: give it to all items or to none`);
  if (!isPlain(one.json)) throw wrong(`\`json\` of ${where} is ${described(one.json)}: it must be an object`);
  const unknown = Object.keys(one).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    throw wrong(`${where} has \`${unknown}\` beside \`json\`: put it into \`json\`; an item has \`json\`, \`binary\` and \`pairedItem\``);
  }
  return one;
}

// Where an item came from that does not say so itself.
function implied(returned, index, count, inputs) {
  const same = inputs.items.findIndex((item) => item === returned || item.json === returned || (isPlain(returned) && item.json === returned.json));
  if (same >= 0) return [same];
  if (count === inputs.items.length) return [index];
  if (inputs.items.length === 1) return [0];
  // One item made of many comes from all of them; of others nothing is known.
  return count === 1 ? inputs.items.map((_, at) => at) : [];
}

function finished(item, otherwise, inputs, where) {
  const sources = item.pairedItem === undefined ? (otherwise ?? []) : paired(item.pairedItem, inputs, where);
  return {
    json: written(item.json, where),
    binary: attachments(item.binary, inputs, where),
    source: sources.map((index) => ({ input: 0, index })),
  };
}

// `2`, `{item: 2}` or a list of such.
function paired(given, { items }, where) {
  return [given].flat().map((one) => {
    const index = isPlain(one) ? one.item : one;
    if (!Number.isInteger(index) || index < 0 || index >= items.length) {
      throw wrong(`\`pairedItem\` of ${where} must be the index of an input item, from 0 to ${items.length - 1}`);
    }
    if (isPlain(one) && one.input !== undefined && one.input !== 0) throw wrong(`\`pairedItem\` of ${where} names input ${one.input}, but there is one input, 0`);
    return index;
  });
}

function written(json, where) {
  try {
    return JSON.stringify(json);
  } catch (error) {
    throw wrong(`\`json\` of ${where} cannot be written as JSON: ${error.message}`);
  }
}

function described(value) {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'thing'}` : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}

export function wrong(message) {
  return new Failure('result', message);
}
