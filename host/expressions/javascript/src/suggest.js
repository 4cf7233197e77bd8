// Words for messages, the same as the native evaluator has them.

const MOST_LISTED = 12;
export const MOST_AVAILABLE = 50;

// The name nearest to `wrong`, if one is near enough to be meant.
export function closest(wrong, known) {
  if (wrong.length > 128) return undefined;
  const lower = wrong.toLowerCase();
  const allowed = Math.min(4, Math.max(1, Math.floor([...wrong].length / 3)));
  let best;
  let least = allowed + 1;
  for (const name of known) {
    if (Math.abs(name.length - wrong.length) >= least) continue;
    const distance = editDistance([...lower], [...name.toLowerCase()]);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

export function didYouMean(wrong, known) {
  const name = closest(wrong, known);
  return name === undefined ? '' : `: did you mean \`${name}\`?`;
}

export function quotedList(names) {
  const shown = names.slice(0, MOST_LISTED).map((name) => `\`${name}\``).join(', ');
  const rest = names.length - MOST_LISTED;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

// Optimal string alignment: insert, delete, replace, swap neighbours.
function editDistance(from, to) {
  let before;
  let last = to.map((_, at) => at);
  last.push(to.length);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
      if (before && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[to.length];
}
