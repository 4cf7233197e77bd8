// Time zones of the IANA database, in the packed format that moment-timezone publishes, unpacked when first asked for.

import data from 'monshyflow:zones';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';
// The Gregorian calendar repeats weekdays after 28 years while no century is left out (until 2100).
const CYCLE = 28 * 365.25 * 86_400_000;
const END = 2145916800000;

const packed = new Map();
// Lower case to the usual spelling: names are matched as Intl does, without regard to case.
const spelling = new Map();
const unpacked = new Map();

for (const text of data.zones) {
  const name = text.slice(0, text.indexOf('|'));
  packed.set(name, text);
  spelling.set(name.toLowerCase(), name);
}
for (const link of data.links) {
  const [target, alias] = link.split('|');
  if (!packed.has(alias)) packed.set(alias, packed.get(target));
  spelling.set(alias.toLowerCase(), alias);
}
for (const name of ['UTC', 'GMT']) spelling.set(name.toLowerCase(), name);

// The usual spelling of a zone's name, or undefined.
export function zoneName(name) {
  return typeof name === 'string' ? spelling.get(name.toLowerCase()) : undefined;
}

export function zoneNames() {
  return [...packed.keys()];
}

// Minutes east of Greenwich.
export function offsetAt(name, milliseconds) {
  const zone = zoneOf(name);
  return zone.offsets[kindAt(zone, milliseconds)];
}

// Such as `CEST`.
export function abbreviationAt(name, milliseconds) {
  const zone = zoneOf(name);
  return zone.abbreviations[kindAt(zone, milliseconds)];
}

function kindAt(zone, milliseconds) {
  let time = milliseconds;
  if (time >= END) time -= Math.ceil((time - END + 1) / CYCLE) * CYCLE;
  const { until, index } = zone;
  let low = 0;
  let high = until.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time < until[middle]) high = middle;
    else low = middle + 1;
  }
  return index[low];
}

function zoneOf(name) {
  let zone = unpacked.get(name);
  if (!zone) {
    zone = unpack(packed.get(zoneName(name)) ?? `${name}|${name}|0|0|`);
    unpacked.set(name, zone);
  }
  return zone;
}

function unpack(text) {
  const [, abbreviations, offsets, indices, times] = text.split('|');
  let at = 0;
  return {
    abbreviations: abbreviations.split(' '),
    // Packed as minutes west.
    offsets: offsets.split(' ').map((offset) => 0 - sexagesimal(offset)),
    index: [...indices].map(sexagesimal),
    until: times ? times.split(' ').map((time) => (at += Math.round(sexagesimal(time) * 60) * 1000)) : [],
  };
}

function sexagesimal(text) {
  const negative = text.startsWith('-');
  const [whole, fraction = ''] = (negative ? text.slice(1) : text).split('.');
  let value = 0;
  for (const digit of whole) value = value * 60 + DIGITS.indexOf(digit);
  let unit = 1;
  for (const digit of fraction) value += (unit /= 60) * DIGITS.indexOf(digit);
  return negative ? -value : value;
}
