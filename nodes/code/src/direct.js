// The author's text as a function without a look at its tree, where that comes to the same: to read a tree takes longer than most
// code runs.

import { Compiled } from '../../../host/expressions/javascript/src/contain.js';
import { EXTENSIONS } from '../../../host/expressions/javascript/src/extensions/objects.js';

// What `compile.js` would rewrite or refuse has one of these in it. In a string or a comment it only costs time.
const WORDS = ['await', 'async', 'yield', 'import', 'using', ...EXTENSIONS];
const UNSURE = new RegExp(`\\b(?:${WORDS.join('|')})\\b|\\bnew\\s*[./]|\\$\\$|\\\\u`);

const { toString } = Function.prototype;

// A function of `names`, or undefined: then the tree tells what is to be done, or what is wrong with the text.
export function direct(source, names) {
  if (UNSURE.test(source)) return undefined;
  const body = `"use strict";\n${source}`;
  let made;
  try {
    made = Compiled(...names, body);
  } catch {
    return undefined;
  }
  // The engine does not mind a text that closes the function and opens another, which then ends as something else.
  const whole = `function anonymous(${names.join()}\n) {\n${body}\n}`;
  return typeof made === 'function' && Reflect.apply(toString, made, []) === whole ? made : undefined;
}
