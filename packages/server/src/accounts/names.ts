// Names and lines that people show to others: cleaned, so that nothing invisible or reordering stands in them. Pure.

/** Controls, line ends, marks that change direction, invisible joins (not the two that scripts and emoji need), halves of pairs. */
const unwanted =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/gu;
/** What draws nothing by itself. */
const blank = /[\p{Z}\p{M}\u3164\u115f\u1160\uffa0\u2800]|\u200c|\u200d/gu;

/** The name or line as it is stored; empty when nothing of it can be seen. */
export function cleanText(text: string): string {
  const clean = text.normalize('NFC').replace(unwanted, ' ').replace(/\s+/gu, ' ').trim();
  return clean.replace(blank, '') === '' ? '' : clean;
}

/** A name as it is stored; null when nothing of it can be seen, or more than `most` characters are left of it. */
export function readName(text: string, most: number): string | null {
  const name = cleanText(text);
  return name === '' || name.length > most ? null : name;
}
