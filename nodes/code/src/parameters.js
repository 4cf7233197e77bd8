import { invalidParameter } from './failed.js';

const MODES = ['runOnceForAllItems', 'runOnceForEachItem'];
const NAMES = ['language', 'mode', 'values', 'code'];

// The parameters for an item, or for all; they were checked against the schema, but cases and others call without a host.
export function parametersOf({ tag, val }, at = 0) {
  const given = JSON.parse(tag === 'shared' ? val : (val[at] ?? '{}'));
  const { language = 'javaScript', mode = MODES[0], values = {}, code } = given;
  const unknown = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw invalidParameter(`unknown field \`${unknown}\`, there are ${NAMES.join(', ')}`, `/${unknown}`);
  if (language !== 'javaScript') throw invalidParameter('the language is `javaScript`', '/language');
  if (!MODES.includes(mode)) throw invalidParameter(`the mode is one of ${MODES.join(', ')}`, '/mode');
  if (values === null || typeof values !== 'object' || Array.isArray(values)) throw invalidParameter('expected an object', '/values');
  if (typeof code !== 'string') throw invalidParameter('expected a text with the code', '/code');
  return { mode, values, code };
}
