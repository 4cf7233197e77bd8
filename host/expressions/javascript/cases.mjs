// Runs cases/*.json: `node cases.mjs PROGRAM [ARGUMENT..]`. PROGRAM gets the name of a file with one request a line as its last
// argument and prints one response a line.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const BASE = {
  items: [{ json: {}, binary: {} }],
  firstIndex: 0,
  input: null,
  nodes: {},
  nodeNames: [],
  context: {
    run: { id: 'run-1', startedAtMs: 1750000000000, attempt: 1 },
    workflow: { id: 'workflow-1', name: 'Orders', active: true },
    execution: { id: 'run-1', mode: 'manual' },
    vars: {},
    node: 'This node',
    nowMs: 1750000000000,
    timeZone: 'Europe/Berlin',
    iteration: [],
    runIndex: 0,
    seed: 'seed',
  },
};

const [program, ...given] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'cases');
const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();
const sets = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).map((set) => ({ name, ...set })));

const requests = sets.map(({ request = {}, json, cases }) => {
  const items = json === undefined ? (request.items ?? BASE.items) : [{ json, binary: {} }];
  return { ...BASE, ...request, items, context: { ...BASE.context, ...request.context }, expressions: cases.map((one) => one.expression), perItem: cases.map((one) => !one.shared) };
});
const file = join(mkdtempSync(join(tmpdir(), 'cases-')), 'requests.jsonl');
writeFileSync(file, requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
const responses = execFileSync(program, [...given, file], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n').map((line) => JSON.parse(line));

let passed = 0;
const failures = [];
sets.forEach((set, at) => {
  const response = responses[at];
  set.cases.forEach((one, index) => {
    const cell = response.items ? (one.shared ? response.shared[index] : response.items[one.item ?? 0][index]) : response;
    const fault = difference(one, cell);
    if (fault === undefined) passed += 1;
    else failures.push(`${set.name}: ${one.expression}\n    ${fault}`);
  });
});
console.log(failures.join('\n'));
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

function difference(expected, cell) {
  const found = JSON.stringify(cell);
  if (expected.undefined) return isDeepStrictEqual(cell, {}) ? undefined : `expected undefined, found ${found}`;
  if (expected.error === undefined) return isDeepStrictEqual(cell, { v: expected.expect }) ? undefined : `expected ${JSON.stringify(expected.expect)}, found ${found}`;
  const { message, ...rest } = expected.error;
  if (!cell?.e) return `expected an error, found ${found}`;
  if (message !== undefined && !cell.e.message.includes(message)) return `expected the message "${message}", found ${found}`;
  const wrong = Object.keys(rest).find((key) => !isDeepStrictEqual(rest[key], cell.e[key]));
  return wrong === undefined ? undefined : `expected ${wrong} ${JSON.stringify(rest[wrong])}, found ${found}`;
}
