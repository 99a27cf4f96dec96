import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Envelope } from '@parley/protocol';
import { ana, ben, chat, Desk, named, person, record, trip, wire } from '../fixture.ts';

/** The chat with Ben, with so many messages of him and then one of Ana. */
async function deskWith(
  t: Parameters<typeof Desk.open>[0],
  count: number,
  more: Partial<Envelope> = {},
): Promise<Desk> {
  const desk = await Desk.open(t, [wire(chat)]);
  for (let seq = 1; seq <= count; seq++) await desk.client.push(record(chat, seq, more));
  await desk.client.push(record(chat, count + 1, { sender: ana, content: 'from Ana' }));
  return desk;
}

test('[CLI12] history prints the newest messages, oldest first', async (t) => {
  const desk = await deskWith(t, 4);
  assert.equal(await desk.run('history', chat, '--limit', '3'), 0);
  assert.deepEqual(
    desk.output.lines.map((line) => line.replace(/^\S+ /, '')),
    ['Ben: text 3', 'Ben: text 4', 'you: from Ana ✓'],
  );
});

test('[CLI12] [CLI1] with --json and --before they are objects of what is older', async (t) => {
  const desk = await deskWith(t, 4);
  assert.equal(await desk.run('history', chat, '--before', '4', '--limit', '2', '--json'), 0);
  assert.deepEqual(
    desk.objects.map(({ seq, sender, content, state }) => [seq, sender, content, state]),
    [
      [2, 'ben', 'text 2', 'received'],
      [3, 'ben', 'text 3', 'received'],
    ],
  );
  assert.equal(desk.chatter.text, '');
});

test('[CLI12] reading tells nobody, unless it is asked for', async (t) => {
  const silent = await deskWith(t, 2, {});
  assert.equal(await silent.run('history', chat), 0);
  assert.deepEqual(silent.client.receipts('read'), []);
  const telling = await deskWith(t, 2);
  assert.equal(await telling.run('history', chat, '--mark-read'), 0);
  assert.deepEqual(telling.client.receipts('read'), [[chat, 3]]);
});

test('[CLI5] reading opens no conversation', async (t) => {
  for (const command of ['history', 'tail', 'export']) {
    const desk = await Desk.open(t, []);
    desk.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
    assert.equal(await desk.run(command, '@ben'), 1, command);
    assert.match(desk.chatter.text, /^parley: conversation\.denied: you have no chat with @ben yet/);
    assert.deepEqual(
      desk.client.http.asked.filter(({ method }) => method !== 'GET'),
      [],
    );
  }
});

test('[CLI6] what others write reaches the terminal without what it obeys', async (t) => {
  const desk = await deskWith(t, 1, { content: '\u001b[2Jgone\n12:00 you: a lie' });
  assert.equal(await desk.run('history', chat), 0);
  assert.match(desk.output.text, /Ben: \ufffd\[2Jgone\n {6}12:00 you: a lie\n/);
});

test('[CLI16] a limit that is no number, or out of bounds, is wrong usage', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  for (const limit of ['abc', '0', '-1', '1.5', '1e3', '', '1000001']) {
    assert.equal(await desk.run('history', chat, `--limit=${limit}`), 2, limit);
    assert.match(desk.chatter.text, /whole number from 1 to 1000000/);
  }
});

test('[CLI13] export writes every conversation to a file that only its owner may read', async (t) => {
  const desk = await Desk.open(t, [wire(chat), trip]);
  await desk.client.push(record(chat, 1), record(chat, 2), named(trip, 'River trip'));
  const out = join(desk.home, 'export');
  assert.equal(await desk.run('export', '--out', out, '--json'), 0);
  assert.equal(desk.objects.length, 3, 'the notes to self as well');
  assert.equal((await readdir(out)).length, 3);
  const path = join(out, `${chat}.jsonl`);
  assert.equal((await stat(out)).mode & 0o777, 0o700);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { content: string }).content),
    ['text 1', 'text 2'],
  );
});

test('[CLI38] export leaves out what disappears, and says how many', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const goes = { content: 'a secret', expires_at: '2100-01-01T00:00:00.000Z' };
  await desk.client.push(record(chat, 1), record(chat, 2, goes), record(chat, 3, goes), record(chat, 4));
  const out = join(desk.home, 'export');
  assert.equal(await desk.run('export', chat, '--out', out), 0, desk.chatter.text);
  const path = join(out, `${chat}.jsonl`);
  assert.equal(desk.output.text, `${path}  2 messages, and 2 left out because they disappear\n`);
  const text = await readFile(path, 'utf8');
  assert.match(text, /text 1[\s\S]*text 4/);
  assert.doesNotMatch(text, /secret/);
});

test('[CLI18] search finds words in what is here, newest first', async (t) => {
  const desk = await deskWith(t, 3);
  assert.equal(await desk.run('search', 'TEXT', '--limit', '2', '--json'), 0);
  assert.deepEqual(
    desk.objects.map(({ seq, sender, content }) => [seq, sender, content]),
    [
      [3, 'ben', 'text 3'],
      [2, 'ben', 'text 2'],
    ],
  );
});
