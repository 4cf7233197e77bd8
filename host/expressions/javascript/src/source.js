// Texts of authors: places in them, walks over their trees, and edits whose places can be told afterwards.

import { Failure } from './failure.js';

// Lines before the author's text in what is compiled: two that the engine adds, one that is ours.
export const LINES_BEFORE = 3;

// Line and column from 1 of a place in a text.
export function placeOf(source, at) {
  const before = source.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

export function syntaxAt(source, message, at) {
  return new Failure('syntax', message, placeOf(source, at));
}

// What acorn says, in our form.
export function parseFault(source, error) {
  if (typeof error.pos !== 'number') return error;
  const message = error.message.replace(/ \(\d+:\d+\)$/, '');
  return syntaxAt(source, message.charAt(0).toLowerCase() + message.slice(1), error.pos);
}

// Calls `visit` for every node, outer ones first, with the node around it.
export function walk(tree, visit) {
  const waiting = [[tree, undefined]];
  while (waiting.length > 0) {
    const [node, parent] = waiting.pop();
    visit(node, parent);
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (Array.isArray(value)) {
        for (let i = value.length - 1; i >= 0; i--) if (value[i]?.type) waiting.push([value[i], node]);
      } else if (value?.type) {
        waiting.push([value, node]);
      }
    }
  }
}

// Changes to a text. Of those at the same place, what ends there comes before what begins there, inner ends first.
export class Edits {
  #list = [];

  before(at, insert, remove = 0) {
    this.#list.push({ at, insert, remove, ends: false, index: this.#list.length });
  }

  after(at, insert, remove = 0) {
    this.#list.push({ at, insert, remove, ends: true, index: this.#list.length });
  }

  get isEmpty() {
    return this.#list.length === 0;
  }

  apply(source) {
    this.#list.sort((a, b) => a.at - b.at || b.ends - a.ends || (a.ends ? b.index - a.index : a.index - b.index));
    let text = '';
    let at = 0;
    for (const edit of this.#list) {
      text += source.slice(at, edit.at) + edit.insert;
      at = edit.at + edit.remove;
    }
    return text + source.slice(at);
  }

  // The author's line and column for a place in the changed text.
  authorsPlace(source, line, column) {
    if (this.isEmpty) return { line, column };
    const lines = this.apply(source).split('\n');
    let offset = column - 1;
    for (let i = 0; i < line - 1 && i < lines.length; i++) offset += lines[i].length + 1;
    let moved = 0;
    for (const edit of this.#list) {
      const start = edit.at + moved;
      if (offset < start) break;
      if (offset < start + edit.insert.length) return placeOf(source, edit.at);
      moved += edit.insert.length - edit.remove;
    }
    return placeOf(source, offset - moved);
  }
}
