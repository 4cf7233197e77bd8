// The node: the author's code over all items, or for each.

import '../../../host/expressions/javascript/src/clock.js';
import '../../../host/expressions/javascript/src/random.js';
import '../../../host/expressions/javascript/src/intl/install.js';
import '../../../host/expressions/javascript/src/extensions/all.js';
import './console.js';
import { drain } from './promise.js';
import { Failure } from '../../../host/expressions/javascript/src/failure.js';
import { contain } from '../../../host/expressions/javascript/src/contain.js';
import { defineRoots } from '../../../host/expressions/javascript/src/roots.js';
import { beginCall, beginEvaluation, state } from '../../../host/expressions/javascript/src/state.js';
import { shown } from './attachments.js';
import { compile } from './compile.js';
import { nodeError } from './failed.js';
import { parametersOf } from './parameters.js';
import { itemsOf, oneItemOf, wrong } from './returned.js';

const UNCONNECTED = 'a Code node sees only its own input and `$values`: set `values` to, say, {"orders": "{{ $(\'Orders\').all() }}"}, and read `$values.orders`';

const WITHOUT_ITEM = 'it exists only in the mode for each item: write `$input.first()` or `$input.all()`';
const byValues = (name) => `a Code node does not see it: set \`values\` to {"x": "{{ ${name} }}"}, and read \`$values.x\``;

// What others would take for missing is an error.
function withoutSome(object, prefix, ...names) {
  for (const name of names) {
    const get = () => {
      throw new Failure('unresolved', byValues(`${prefix}${name}`));
    };
    Object.defineProperty(object, name, { get });
  }
  return object;
}

defineRoots();
contain();

export function run(call) {
  const inputs = new Inputs(call.inputs[0]?.items ?? []);
  begin(call.context, inputs.items);
  const parameters = parametersOf(call.params);
  const emitted = parameters.mode === 'runOnceForAllItems' ? forAll(parameters, inputs) : forEach(call, inputs);
  return { tag: 'emit', val: emitted };
}

class Inputs {
  #given;
  #blobs;

  constructor(given) {
    this.#given = given;
    this.items = given.map(({ json, binary }) => ({ json: JSON.parse(json), binary: shown(binary) }));
  }

  // Handles of all attachments.
  get blobs() {
    return (this.#blobs ??= new Set(this.#given.flatMap(({ binary }) => binary.map(({ blob }) => blob))));
  }
}

function seen(context) {
  return {
    run: { id: context.runId, startedAtMs: context.runTimeMs, attempt: context.attempt },
    workflow: withoutSome({ name: context.workflowName }, '$workflow.', 'id', 'active'),
    execution: withoutSome({ id: context.runId }, '$execution.', 'mode', 'resumeUrl'),
    node: context.nodeName,
    nowMs: context.runTimeMs,
    timeZone: context.timeZone,
    iteration: context.iteration,
    runIndex: context.iteration.at(-1) ?? 0,
    seed: context.stepId,
  };
}

function begin(context, items) {
  beginCall({
    items,
    context: withoutSome(seen(context), '$', 'vars', 'prevNode'),
  });
  state.withoutNodes = UNCONNECTED;
  state.withoutItem = WITHOUT_ITEM;
}

function forAll({ code, values }, inputs) {
  const compiled = compiledOr(code, ['items', '$values']);
  try {
    beginEvaluation(-1, false);
    const items = itemsOf(outcome(compiled, [inputs.items.slice(), values]), inputs);
    return [{ port: 'main', items: items.map((val) => ({ tag: 'created', val })) }];
  } catch (error) {
    throw nodeError(error, compiled);
  }
}

function forEach(call, inputs) {
  const main = [];
  const failed = [];
  const known = new Map();
  for (const [at, item] of inputs.items.entries()) {
    const { code, values } = parametersOf(call.params, at);
    if (!known.has(code)) known.set(code, compiledOr(code, ['item', 'items', '$values']));
    const compiled = known.get(code);
    try {
      beginEvaluation(at, false);
      main.push({ tag: 'created', val: oneItemOf(outcome(compiled, [item, inputs.items.slice(), values]), at, inputs) });
    } catch (error) {
      const told = nodeError(error, compiled, at);
      if (!call.context.keepGoing) throw told;
      failed.push({ tag: 'failed', val: told });
    }
  }
  const outputs = [{ port: 'main', items: main }];
  if (failed.length > 0) outputs.push({ port: 'error', items: failed });
  return outputs;
}

function compiledOr(code, names) {
  try {
    return compile(code, names);
  } catch (error) {
    throw nodeError(error, undefined);
  }
}

// Runs to the end, all that it waits for included.
function outcome({ run }, values) {
  let returned;
  try {
    returned = run(...values);
  } finally {
    // What nobody waits for happens, too.
    drain();
  }
  if (typeof returned?.then !== 'function') return returned;
  let settled;
  Promise.resolve(returned).then(
    (value) => (settled = { value }),
    (reason) => (settled = { reason }),
  );
  drain();
  if (settled === undefined) throw wrong('the code waits for a promise that nobody fulfils');
  if ('reason' in settled) throw settled.reason;
  return settled.value;
}
