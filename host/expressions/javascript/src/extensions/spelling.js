// Cases and letters of words.

const SMALL = new Set(
  'a an and as at because but by for from if in into nor of off on onto or over per so than the to up via vs when with yet'.split(' '),
);

// Letters that Unicode does not take apart.
const LETTERS = {
  ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D', þ: 'th', Þ: 'TH', ı: 'i',
  ħ: 'h', Ħ: 'H', ŧ: 't', Ŧ: 'T', ŋ: 'n', Ŋ: 'N', ĸ: 'k', ŀ: 'l', Ŀ: 'L', ŉ: "'n", '’': "'", '‘': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...',
};

export function toTitleCase(text) {
  let first = true;
  return text.toLowerCase().replace(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu, (word) => {
    const keep = !first && SMALL.has(word);
    first = false;
    return keep ? word : capital(word);
  });
}

export function toSentenceCase(text) {
  return text.toLowerCase().replace(/(^|[.!?]\s)(\P{L}*)(\p{L})/gu, (_, end, between, letter) => end + between + letter.toUpperCase());
}

export function toSnakeCase(text) {
  return text.trim().toLowerCase().replace(/[\s-]+/g, '_').replace(/[^\p{L}\p{N}_]/gu, '');
}

export function replaceSpecialChars(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^\0-\x7f]/g, (letter) => LETTERS[letter] ?? letter);
}

function capital(word) {
  const [first, ...rest] = word;
  return first.toUpperCase() + rest.join('');
}
