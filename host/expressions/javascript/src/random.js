// `Math.random` seeded by a text, so that a call that is made again gives the same (sfc32, by Chris Doty-Humphrey).

let a = 0;
let b = 0;
let c = 0;
let count = 1;
// Of the seed, until the first number is wanted.
let unread;

export function seed(text) {
  unread = text;
}

function begin(text) {
  // FNV-1a, once for each word of the state.
  const hash = (offset) => {
    let value = 0x811c9dc5 ^ offset;
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    return value | 0;
  };
  a = hash(0);
  b = hash(0x9e3779b9);
  c = hash(0x85ebca6b);
  count = 1;
  for (let i = 0; i < 12; i++) next();
}

export function random() {
  if (unread !== undefined) {
    begin(unread);
    unread = undefined;
  }
  return next();
}

function next() {
  const sum = (((a + b) | 0) + count) | 0;
  count = (count + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (c << 21) | (c >>> 11);
  c = (c + sum) | 0;
  return (sum >>> 0) / 4294967296;
}

Object.defineProperty(Math, 'random', { value: random, writable: true, configurable: true });
