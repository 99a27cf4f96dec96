// A device without keys, without a screen: what is locked, and the ways out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { HandEncryption, handConversations } from './encryption-fixture.ts';
import { nothingRead, readSoFar } from './key-reading.ts';
import { createLinking, recoverWhenNeeded } from './linking.ts';

const words = `${'abandon '.repeat(23)}art`;

function open(phase: 'opening' | 'needs_linking' | 'ready' = 'needs_linking') {
  const encryption = new HandEncryption({ phase });
  const conversations = handConversations();
  const timers: (() => void)[] = [];
  const after = (_: number, task: () => void) => {
    timers.push(task);
    return () => {};
  };
  const linking = createLinking({ encryption: encryption.view, conversations }, { after });
  return { encryption, conversations, timers, linking };
}

test('[WEB42] chats are locked while keys are missing, and until it was seen that they came', async () => {
  const { encryption, linking } = open('opening');
  assert.equal(linking.snapshot.locked, false);
  encryption.update({ phase: 'needs_linking' });
  assert.equal(linking.snapshot.locked, true);
  linking.go('key');
  linking.write(words);
  await settle();
  const gate = Promise.withResolvers<void>();
  encryption.gate = gate.promise;
  const recovering = linking.recover();
  assert.equal(linking.snapshot.step, 'working');
  // The keys are here before the messages are.
  encryption.update({ phase: 'ready' });
  assert.equal(linking.snapshot.locked, true);
  gate.resolve();
  await recovering;
  assert.equal(linking.snapshot.step, 'done');
  assert.equal(linking.snapshot.locked, true);
  assert.equal(linking.snapshot.text, '', 'the key does not stay on the page');
  linking.finish();
  assert.equal(linking.snapshot.locked, false);
  assert.deepEqual(encryption.done, [`recover ${words}`]);
});

test('[WEB42] a device that is linked elsewhere is unlocked by itself', () => {
  const { encryption, linking } = open();
  encryption.update({ phase: 'ready' });
  assert.equal(linking.snapshot.locked, false);
});

test('[WEB169] a device that was let in is getting its messages until their keys are here, for a minute at most', () => {
  for (const hasWaited of [false, true]) {
    const { encryption, conversations, timers, linking } = open();
    linking.go('code');
    encryption.undecryptable.set({ waiting: 2 });
    conversations.set([{ last: { unreadable: 'no_key' } } as ConversationView]);
    encryption.update({ phase: 'ready' });
    assert.deepEqual([linking.snapshot.step, linking.snapshot.locked], ['working', true]);
    if (hasWaited) for (const task of timers) task();
    else {
      encryption.undecryptable.set({ waiting: 0 });
      assert.equal(linking.snapshot.step, 'working', 'one of an earlier time stands in the list');
      encryption.undecryptable.set({ waiting: 1 });
      conversations.set([{ last: { unreadable: null } } as ConversationView]);
      assert.equal(linking.snapshot.step, 'working', 'one further up waits for its key');
      encryption.undecryptable.set({ waiting: 0 });
    }
    assert.equal(linking.snapshot.step, 'done');
    linking.finish();
    conversations.set([]);
    assert.deepEqual([linking.snapshot.step, linking.snapshot.locked], ['choose', false]);
  }
});

test('[WEB42] the key of another account, and a wrong password, keep what was written and say so', async () => {
  const { encryption, linking } = open();
  encryption.refusals.set('recover', 'recovery.wrong').set('startOver', 'auth.refused');
  linking.go('key');
  linking.write(words);
  await linking.recover();
  assert.equal(linking.snapshot.step, 'key');
  assert.equal(linking.snapshot.text, words);
  assert.equal(linking.snapshot.error, 'This is not the recovery key of this account.');
  linking.go('over');
  await linking.startOver('wrong', 'safe');
  assert.equal(linking.snapshot.step, 'over');
  assert.equal(linking.snapshot.error, 'The password is wrong.');
  encryption.refusals.clear();
  await linking.startOver('right', 'lost');
  assert.equal(linking.snapshot.step, 'done');
  assert.equal(linking.snapshot.way, 'over');
  assert.deepEqual(encryption.done.slice(-2), ['startOver wrong safe', 'startOver right lost']);
});

test('[WEB42] whoever signed in with the recovery key has the chats opened with it, once it is clear that they are locked', async () => {
  const { encryption, linking } = open('opening');
  recoverWhenNeeded({ encryption: encryption.view }, linking, words);
  assert.deepEqual(encryption.done, []);
  encryption.update({ phase: 'needs_linking' });
  await settle();
  encryption.update({ changed: [] });
  assert.deepEqual(encryption.done, [`recover ${words}`]);
  const ready = open('opening');
  recoverWhenNeeded({ encryption: ready.encryption.view }, ready.linking, words);
  ready.encryption.update({ phase: 'ready' });
  await settle();
  assert.deepEqual(ready.encryption.done, []);
});

test('[WEB43] a recovery key is read while it is typed: what is missing is a hint, what is wrong a problem', async () => {
  assert.deepEqual(await readSoFar('  '), nothingRead);
  assert.deepEqual(await readSoFar('aban'), {
    isKey: false,
    hint: '23 words are missing: there are 1 of 24.',
    problem: null,
  });
  const begun = await readSoFar('abandon abandon zzz');
  assert.equal(begun.problem, null, 'the last word is still being written');
  assert.match(begun.hint ?? '', /22 words are missing/);
  assert.match((await readSoFar('abandon zzz abandon')).problem ?? '', /Word 2/);
  assert.match((await readSoFar('abandon abandon zzz ')).problem ?? '', /Word 3/);
  assert.deepEqual(await readSoFar(words), { isKey: true, hint: null, problem: null });
  assert.match((await readSoFar(`${words} more`)).problem ?? '', /25 words|not in the list/);
  assert.match((await readSoFar(`${'abandon '.repeat(23)}zoo`)).problem ?? '', /do not fit/);
  assert.match((await readSoFar('0123 4567')).hint ?? '', /characters are missing/);
});
