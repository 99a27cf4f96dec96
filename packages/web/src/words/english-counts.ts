// How numbers and the words after them are written in English.

const plural = new Intl.PluralRules('en');
/** `1 message`, `2,000 messages`. */
export const count = (n: number, one: string, other: string) =>
  `${n.toLocaleString('en')} ${plural.select(n) === 'one' ? one : other}`;
