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
    progress.tell(100_000, 100_000, true);
    progress.end();
    progress.end();
    return pieces;
  };
  const line = (text: string) => `\r\u001b[K${text}`;
  const lines = ['0 % of 100.0 kB', '100 % of 100.0 kB', '100 % of 100.0 kB, waiting for the server', ''];
  assert.deepEqual(told(true), lines.map(line));
  assert.deepEqual(told(false), []);
});
