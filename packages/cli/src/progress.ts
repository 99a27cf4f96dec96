// How far a file is, on one line of a terminal. Nobody else is told: a log is no place for it.
import { sizeText } from './file-kinds.ts';
import type { Terminal } from './terminal.ts';

/** Says it as often as it changes what is written; `end` clears the line. */
export function progressOn({ chatter }: Terminal): {
  tell(bytes: number, of: number, isWaiting?: boolean): void;
  end(): void;
} {
  if (!('isTTY' in chatter) || chatter.isTTY !== true) return { tell() {}, end() {} };
  let shown = '';
  const show = (text: string) => {
    if (text !== shown) chatter.write(`\r\u001b[K${text}`);
    shown = text;
  };
  return {
    tell: (bytes, of, isWaiting = false) => {
      const waits = isWaiting ? ', waiting for the server' : '';
      show(`${Math.floor((100 * bytes) / Math.max(1, of))} % of ${sizeText(of)}${waits}`);
    },
    end: () => show(''),
  };
}
