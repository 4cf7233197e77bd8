// One ES module of everything that an entry file imports: `node bundle.mjs ENTRY OUT`, with NODE_PATH naming the folder of packages.
// What starts with a scheme (`monshyflow:node/log`) is an import of the component and stays one.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.env.NODE_PATH ?? fileURLToPath(new URL('node_modules', import.meta.url));
const packages = createRequire(join(folder, 'x.js'));
const { build } = packages('esbuild');

// Years that the zones' data spells out; later ones repeat every 28 years, see src/time/zones.js.
const LAST_YEAR = 2037;

const zones = {
  name: 'zones',
  setup(builder) {
    builder.onResolve({ filter: /^monshyflow:zones$/ }, ({ path }) => ({ path, namespace: 'zones' }));
    builder.onLoad({ filter: /.*/, namespace: 'zones' }, async () => {
      const data = JSON.parse(await readFile(packages.resolve('moment-timezone/data/packed/latest.json'), 'utf8'));
      return { contents: JSON.stringify({ zones: data.zones.map(cut), links: data.links }), loader: 'json' };
    });
  },
};

// `name|abbreviations|offsets|indices|times|population` without the times after LAST_YEAR and without the population.
function cut(packed) {
  const [name, abbreviations, offsets, indices, times] = packed.split('|');
  const end = Date.UTC(LAST_YEAR + 1, 0, 1) / 60_000;
  const kept = [];
  let at = 0;
  for (const time of times ? times.split(' ') : []) {
    at += sexagesimal(time);
    if (at >= end) break;
    kept.push(time);
  }
  return [name, abbreviations, offsets, indices.slice(0, kept.length + 1), kept.join(' ')].join('|');
}

// Base 60, with the digits 0-9 a-z A-X, of minutes; only the sum matters here.
function sexagesimal(text) {
  const [whole] = text.replace('-', '').split('.');
  let value = 0;
  for (const digit of whole) value = value * 60 + '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX'.indexOf(digit);
  return text.startsWith('-') ? -value : value;
}

const [entry, out] = process.argv.slice(2);
if (!entry || !out) {
  console.error('usage: node bundle.mjs ENTRY OUT');
  process.exit(2);
}
await build({
  entryPoints: [resolve(entry)],
  outfile: resolve(out),
  // The bundle names some files as they are seen from here: the same wherever the packages lie.
  absWorkingDir: dirname(folder),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  mainFields: ['module', 'main'],
  external: ['monshyflow:node/*'],
  nodePaths: process.env.NODE_PATH ? [process.env.NODE_PATH] : [],
  // Names and lines stay readable in stacks; white space costs memory in every instance.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  plugins: [zones],
  logLevel: 'warning',
});
