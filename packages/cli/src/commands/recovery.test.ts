import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ben, chat, Desk, person, wire } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';

const words: readonly string[] = [...Array.from({ length: 23 }, () => 'abandon'), 'art'];
const key = { words, groups: '0000 1111' };

async function deskWith(t: Parameters<typeof Desk.open>[0], keys: Keys): Promise<Desk> {
  return Desk.open(t, [wire(chat)], keys.provider);
}

test('[CLI21] a device without keys sends nothing, and says what to do', async (t) => {
  const desk = await deskWith(t, new Keys({ phase: 'needs_linking' }));
  for (const args of [
    ['send', chat, 'Hello'],
    ['group', 'create', 'Trip'],
  ]) {
    assert.equal(await desk.run(...args), 4, args.join(' '));
    assert.match(desk.chatter.text, /^parley: encryption\.needs_linking: .*parley recover/);
    await desk.sitDown(t, [wire(chat)], new Keys({ phase: 'needs_linking' }).provider);
  }
  assert.deepEqual(desk.client.outgoing, []);
});

test('[CLI21] nothing is sent to somebody who set up afresh after codes were compared', async (t) => {
  const keys = new Keys({ phase: 'ready' });
  keys.answers.identity = { account: ben, state: 'left_out', code: null };
  const desk = await deskWith(t, keys);
  assert.equal(await desk.run('send', chat, 'Hello'), 4);
  assert.match(desk.chatter.text, /^parley: encryption\.identity_changed: @ben .*parley verify @ben/);
  assert.deepEqual(desk.client.outgoing, []);
});

test('[CLI22] a recovery key comes from standard input, and what is wrong with it is said', async (t) => {
  const keys = new Keys({ phase: 'needs_linking' });
  const desk = await deskWith(t, keys);
  desk.input.end(`${words.slice(1).join(' ')}\n`);
  assert.equal(await desk.run('recover', '--key-stdin'), 1);
  assert.match(desk.chatter.text, /^parley: recovery\.invalid: One word is missing/);
  assert.deepEqual(keys.done, []);

  const right = await deskWith(t, keys);
  right.input.end(`${words.join('\n')}\n`);
  assert.equal(await right.run('recover', '--key-stdin'), 0, right.chatter.text);
  assert.deepEqual(keys.done.at(0), ['recover', words.join('\n')]);
});

test('[CLI23] the recovery key is shown with the numbers of its words until it is confirmed', async (t) => {
  const keys = new Keys({ phase: 'ready', recovery: 'offered' });
  keys.answers.recoveryKey = key;
  const desk = await deskWith(t, keys);
  assert.equal(await desk.run('recovery-key'), 0);
  assert.match(desk.output.text, / 1 abandon +7 abandon +13 abandon +19 abandon\n/);
  assert.match(desk.output.text, / 24 art\n/);
  assert.match(desk.output.text, /0000\n.*1111/);

  const confirming = await deskWith(t, keys);
  assert.equal(await confirming.run('recovery-key', '--confirm'), 0);
  assert.equal(
    keys.done.some(([name]) => name === 'confirmRecoveryKey'),
    true,
  );

  const later = new Keys({ phase: 'ready', recovery: 'confirmed' });
  const gone = await deskWith(t, later);
  assert.equal(await gone.run('recovery-key'), 1);
  assert.match(gone.chatter.text, /^parley: not_found: .*--new/);
});

test('[CLI24] starting over asks, and without a terminal it must be told', async (t) => {
  const keys = new Keys({ phase: 'needs_linking' });
  const desk = await deskWith(t, keys);
  assert.equal(await desk.run('start-over', '--password-stdin'), 2);
  assert.match(desk.chatter.text, /stay unreadable here, for good[\s\S]*--yes/);
  assert.deepEqual(keys.done, []);
  const told = await deskWith(t, keys);
  told.input.end('correct horse\n');
  assert.equal(await told.run('start-over', '--yes', '--password-stdin'), 0, told.chatter.text);
  assert.deepEqual(keys.done[0], ['startOver', 'correct horse', 'lost']);
  const had = await deskWith(t, new Keys({ phase: 'needs_linking' }));
  assert.equal(await had.run('start-over', '--have', '--lost', '--yes'), 2);
});

test('[CLI24] whether somebody else has a device of before is asked, or told', async (t) => {
  const keys = new Keys({ phase: 'needs_linking' });
  const desk = await deskWith(t, keys);
  desk.input.end('correct horse\n');
  assert.equal(await desk.run('start-over', '--yes', '--have', '--password-stdin'), 0, desk.chatter.text);
  assert.deepEqual(keys.done[0], ['startOver', 'correct horse', 'safe']);
});

test('[CLI25] the code is shown in groups, and comparing is one command', async (t) => {
  const keys = new Keys({ phase: 'ready', recovery: 'confirmed' });
  keys.answers.identity = { account: ben, state: 'known', code: { digits: '12345'.repeat(12), qr: 'parley:1:AAAA' } };
  const desk = await deskWith(t, keys);
  desk.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  assert.equal(await desk.run('verify', '@ben', '--confirm'), 0, desk.chatter.text);
  assert.match(desk.output.text, /^Ben \(@ben\): not compared yet\n\n( {4}12345 {2}12345 {2}12345 {2}12345\n){3}/);
  assert.deepEqual(
    keys.done.filter(([name]) => name === 'confirmIdentity'),
    [['confirmIdentity', ben]],
  );
  assert.doesNotMatch(desk.chatter.text, /█/);
  const scanned = await deskWith(t, keys);
  scanned.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  assert.equal(await scanned.run('verify', '@ben', '--qr'), 0, scanned.chatter.text);
  assert.match(scanned.chatter.text, /█{3}[\s\S]*\n[\s\S]*█{3}/, 'what the app scans');
});
