// Text without its markup.

export function removeTags(text) {
  return text.replace(/<!--[^]*?-->/g, '').replace(/<\/?[A-Za-z!?][^>]*>/g, '');
}

export function removeMarkdown(text) {
  const lines = text.replace(/^(```|~~~)[^\n]*\n?/gm, '').split('\n').filter((line) => !/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line));
  return removeTags(lines.map(removeFromLine).filter((line) => line !== undefined).join('\n')).replace(/\n{3,}/g, '\n\n').trim();
}

function removeFromLine(line) {
  // The rule under a heading, or between the head and the body of a table.
  if (/^\s{0,3}(=+|-{2,})\s*$/.test(line) || /^\s*\|?(\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/.test(line)) return undefined;
  return line
    .replace(/^\s{0,3}(>\s?)+/, '')
    .replace(/^\s{0,3}#{1,6}\s+/, '')
    .replace(/\s+#+\s*$/, '')
    .replace(/^(\s*)([-*+]|\d+[.)])\s+(\[[ xX]\]\s+)?/, '$1')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/<((?:https?|mailto):[^>\s]+)>/g, '$1')
    .replace(/(\*\*\*|___)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*/g, '$1')
    .replace(/(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)/g, '$1')
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, '$1')
    .replace(/(`+)(.+?)\1/g, '$2');
}
