import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ben, body, chat, quiet, record, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';

const reply = (seq: number, to: number) => record(chat, seq, body({ type: 'text', text: 'yes', reply_to: to }));
const remove = (seq: number, target: number) =>
  record(chat, seq, { kind: 'delete', targets: [target], content: undefined as never });

async function open() {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const timeline = stage.conversation().timeline();
  const answered = () => timeline.snapshot.items.at(-1)?.replyTo;
  return { stage, answered };
}

test('[TLN11] a reply on screen loses the text of what it answers as soon as that is deleted', async () => {
  const { stage, answered } = await open();
  await stage.push(record(chat, 1, { content: 'a secret' }), reply(2, 1));
  answered();
  await settle();
  assert.equal(answered()?.text, 'a secret');
  await stage.push(remove(3, 1));
  assert.deepEqual(answered(), { seq: 1, sender: ben, text: '', state: 'deleted' });
  await stage.close();
});

test('[TLN11] a delete that comes while what is answered is being read wins', async () => {
  const { stage, answered } = await open();
  await stage.push(record(chat, 1, { content: 'a secret' }), reply(2, 1));
  answered();
  stage.say(remove(3, 1));
  await settle();
  assert.equal(answered()?.state, 'deleted');
  await stage.close();
});

test('[TLN11] a reply on screen shows the edit of what it answers', async () => {
  const { stage, answered } = await open();
  await stage.push(record(chat, 1), reply(2, 1));
  answered();
  await settle();
  await stage.push(record(chat, 3, quiet({ type: 'edit', target: 1, text: 'a better text' })));
  answered();
  await settle();
  assert.deepEqual(answered(), { seq: 1, sender: ben, text: 'a better text', state: 'here' });
  await stage.close();
});
