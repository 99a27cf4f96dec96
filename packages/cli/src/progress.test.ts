import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressOn } from './progress.ts';
import type { Terminal } from './terminal.ts';

test('[CLI39] how far a file is stands on one line of a terminal, and in no log', () => {
  const told = (isTTY: boolean) => {
    const pieces: string[] = [];
    const chatter = { isTTY, write: (text: string) => pieces.push(text) };
    const progress = progressOn({ chatter } as unknown as Terminal);
    for (const bytes of [0, 500, 501, 100_000]) progress.tell(bytes, 100_000);
    progress.end();
    progress.end();
    return pieces;
  };
  const line = (text: string) => `\r\u001b[K${text}`;
  assert.deepEqual(told(true), [line('0 % of 100.0 kB'), line('100 % of 100.0 kB'), line('')]);
  assert.deepEqual(told(false), []);
});
