// The recovery key without a screen: when it is offered, shown, asked for and made anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { HandEncryption, handConversations, handSettings, recoveryWords } from './encryption-fixture.ts';
import { createRecoveryKey } from './recovery-key.ts';

const day = 86_400_000;
const sent = { kind: 'direct', last: { own: true, type: 'text', state: 'sent' } } as unknown as ConversationView;
const inRoom = { ...sent, kind: 'room' } as ConversationView;

function open(recovery: 'none' | 'offered' | 'confirmed' | 'unfinished') {
  const encryption = new HandEncryption({ recovery });
  const conversations = handConversations();
  const host = {
    now: () => host.at,
    pick: (below: number) => (host.picks.shift() ?? 0) % below,
    at: day,
    picks: [4, 0],
  };
  const client = { encryption: encryption.view, settings: handSettings(), conversations };
  return { encryption, conversations, host, key: createRecoveryKey(client, host) };
}

test('[WEB40] the recovery key is offered once something was sent that others could miss, and again a week after "later"', async () => {
  const { conversations, encryption, host, key } = open('offered');
  conversations.set([inRoom]);
  await settle();
  assert.equal(key.snapshot.offered, false, 'rooms are not encrypted');
  conversations.set([sent]);
  await settle();
  assert.equal(key.snapshot.offered, true);
  // Somebody has answered meanwhile.
  conversations.set([]);
  assert.equal(key.snapshot.offered, true);
  key.later();
  await settle();
  assert.equal(key.snapshot.offered, false);
  host.at += 8 * day;
  conversations.set([sent]);
  assert.equal(key.snapshot.offered, true);
  encryption.update({ recovery: 'confirmed' });
  assert.equal(key.snapshot.offered, false);
  key.close();
});

test('[WEB40] what was refused, and a device that does not know the key, offer nothing', async () => {
  const refused = open('offered');
  refused.conversations.set([{ ...sent, last: { ...sent.last, state: 'rejected' } } as ConversationView]);
  await settle();
  assert.equal(refused.key.snapshot.offered, false);
  const unknown = open('none');
  unknown.conversations.set([sent]);
  await settle();
  assert.equal(unknown.key.snapshot.offered, false);
  unknown.key.begin();
  assert.equal(unknown.key.snapshot.step, 'unknown');
});

test('[WEB41] it is confirmed by two of its words only, whatever their capitals', async () => {
  const { encryption, key } = open('offered');
  key.begin();
  await settle();
  assert.equal(key.snapshot.step, 'show');
  assert.deepEqual(key.snapshot.key?.words, recoveryWords);
  key.check();
  const { asked } = key.snapshot;
  assert.deepEqual(asked, [5, 6]);
  await key.confirm(['word5', 'word7']);
  assert.equal(key.snapshot.wrong, 6);
  assert.equal(key.snapshot.step, 'check');
  assert.ok(!encryption.done.includes('confirmRecoveryKey'));
  key.showAgain();
  assert.equal(key.snapshot.step, 'show');
  key.check();
  await key.confirm(key.snapshot.asked.map((place) => ` WORD${place} `));
  assert.equal(key.snapshot.step, 'done');
  assert.equal(key.snapshot.key, null, 'the words are forgotten');
  assert.ok(encryption.done.includes('confirmRecoveryKey'));
});

test('[WEB41] the two places are never the same, and the words go when they are off the screen', async () => {
  for (const picks of [
    [0, 22],
    [23, 0],
    [23, 22],
    [11, 11],
  ]) {
    const { host, key } = open('offered');
    host.picks.splice(0, 2, ...picks);
    key.begin();
    await settle();
    key.check();
    const [first = 0, second = 0] = key.snapshot.asked;
    assert.ok(1 <= first && first < second && second <= 24, `${first}, ${second}`);
    key.end();
    assert.equal(key.snapshot.key, null);
  }
});

test('[WEB41] once it is written down it is made anew with the password, and a wrong one says so', async () => {
  const { encryption, key } = open('confirmed');
  key.begin();
  assert.equal(key.snapshot.step, 'saved');
  encryption.refusals.set('newRecoveryKey', 'auth.refused');
  await key.renew('wrong');
  assert.equal(key.snapshot.error, 'The password is wrong.');
  assert.equal(key.snapshot.step, 'saved');
  encryption.refusals.clear();
  await key.renew('right');
  assert.equal(key.snapshot.step, 'show');
  assert.equal(key.snapshot.key?.groups, 'CCCC');
});

test('[ENC364] new keys without a recovery key are told of until there is one, which is made with the password', async () => {
  const { encryption, key } = open('unfinished');
  assert.deepEqual([key.snapshot.unfinished, key.snapshot.offered], [true, false]);
  key.begin();
  assert.equal(key.snapshot.step, 'unfinished');
  await key.renew('secret');
  assert.deepEqual(encryption.done, ['newRecoveryKey secret']);
  assert.deepEqual([key.snapshot.step, key.snapshot.unfinished], ['show', false]);
});
