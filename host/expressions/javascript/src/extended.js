// `x.keys()` becomes `x[$$.keys]()`: methods of objects have symbols for names, so that no field of data is ever mistaken for
// one. `x.isEmpty()` becomes `$$.isEmpty((x))`, because nothing is empty too.

import { EXTENSIONS } from './extensions/objects.js';
import { syntaxAt } from './source.js';

export function extend(node, source, edits) {
  if (node.type === 'ImportExpression') throw syntaxAt(source, 'nothing can be imported here', node.start);
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression' || node.callee.computed) return;
  const { object, property, optional } = node.callee;
  if (!EXTENSIONS.has(property.name)) return;
  if (property.name === 'isEmpty' || property.name === 'isNotEmpty') {
    edits.before(object.start, `$$.${property.name}((`);
    const open = source.indexOf('(', node.callee.end);
    edits.after(object.end, `)${node.arguments.length > 0 ? ',' : ''}`, open + 1 - object.end);
  } else {
    const start = source.lastIndexOf(optional ? '?.' : '.', property.start);
    edits.after(start, `${optional ? '?.' : ''}[$$.${property.name}]`, property.end - start);
  }
}
