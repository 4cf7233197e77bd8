// The locales that this component knows, from locales.json (see ../../locales.mjs).

import data from './locales.json';

const DEFAULT = 'en-US';
const PREFERRED = { en: 'en-US', es: 'es-ES', pt: 'pt-BR', fr: 'fr-FR', de: 'de-DE', no: 'nb-NO', nn: 'nb-NO' };

export const CURRENCY_DIGITS = data.digits;

const exact = new Map(Object.keys(data.locales).map((known) => [known.toLowerCase(), known]));

// The nearest known locale to what is asked for: itself, its language, or American English.
export function resolve(asked) {
  if (asked === undefined || asked === DEFAULT) return DEFAULT;
  for (const one of [asked].flat()) {
    if (one === undefined || one === null) continue;
    if (typeof one !== 'string' || !/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(one)) throw new RangeError(`invalid language tag: ${String(one)}`);
    const tag = one.replace(/-u-.*$/, '');
    const same = exact.get(tag.toLowerCase());
    if (same) return same;
    const language = tag.split('-')[0].toLowerCase();
    const near = PREFERRED[language] ?? Object.keys(data.locales).find((known) => known.startsWith(`${language}-`));
    if (near) return near;
  }
  return DEFAULT;
}

export function dataOf(locale) {
  return data.locales[locale];
}

export function symbolOf(locale, currency) {
  return data.locales[locale].numbers.symbols[currency] ?? data.locales[DEFAULT].numbers.symbols[currency] ?? currency;
}

export function supported(locales) {
  return [locales].flat().filter((one) => typeof one === 'string' && resolve(one).split('-')[0] === one.split('-')[0]);
}
