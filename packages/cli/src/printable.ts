// What others have written, made safe for a terminal and for the eye: control characters are shown and not obeyed, and
// no text can look like another line of the output.

/** Controls, separators of lines, and marks that turn the direction of what follows. */
const obeyed = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Text on one line: names, titles, previews. */
export function printable(text: string): string {
  return text.replace(/\r\n|[\r\n\t]/g, ' ').replace(obeyed, '\ufffd');
}

/** Text with its lines. Each after the first is set in, so that it cannot pass for a message of its own. */
export function printableLines(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map(printable)
    .join('\n      ');
}

/** One line of JSON: the same value for a program, and nothing in it that a terminal obeys. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
