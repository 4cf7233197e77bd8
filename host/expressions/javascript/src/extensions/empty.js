// What counts as empty: nothing, a text, list or object that holds nothing. No number, boolean or date does.

export function isEmpty(value) {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  return isPlain(value) && Object.keys(value).length === 0;
}

// An object as JSON has it, not a date or another thing with methods of its own.
export function isPlain(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

// Without what is empty, at every depth: what holds nothing to begin with goes, what becomes empty by this stays.
export function compacted(value) {
  if (Array.isArray(value)) return value.filter(counts).map(compacted);
  return isPlain(value) ? Object.fromEntries(Object.entries(value).filter(([, one]) => counts(one)).map(([key, one]) => [key, compacted(one)])) : value;
}

function counts(value) {
  return !isEmpty(value) && value !== 'nil';
}
