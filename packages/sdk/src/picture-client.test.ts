// The picture of a group over a whole client: who sets it and who may not, who is told, what stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '@parley/protocol';
import { maxPictureBytes } from '@parley/protocol/limits';
import { clearKey, stateKey } from '@parley/protocol/settings';
import type { Conversation } from './api.ts';
import { accountLog, ana, ben, chat, cleo, group, quiet, record, Stage, wire } from './client-fixture.ts';
import { encodeBytes } from './crypto/base64.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import { pngOf, png as pngWith } from './picture-fixture.ts';
import type { MessageView } from './views.ts';

const png = pngWith(32);
const other = pngWith(48);
const asGroup = { kind: 'group', peer: undefined as never } as const;
const state = (more: object) => ({ ...quiet({ type: 'state', title: 'Tea', pins: [], ...more }), ord: 0 });
const shown = (bytes: Uint8Array) => ({ type: 'image/png', data: encodeBytes(bytes) });
const sets = (bytes: Uint8Array) => state({ picture: shown(bytes), changed: 'picture' });
const bodies = (stage: Stage) =>
  stage.outgoing.flatMap(({ kind, content }) => (kind === 'quiet' ? [JSON.parse(content ?? '') as object] : []));
const people = [
  { account: ana, role: 'owner', joined_seq: 1 },
  { account: ben, role: 'admin', joined_seq: 1 },
  { account: cleo, role: 'member', joined_seq: 1 },
] as unknown as Member[];

async function everything(conversation: Conversation): Promise<readonly MessageView[]> {
  const all: MessageView[] = [];
  for await (const one of conversation.history()) all.push(one);
  return all;
}

/** Ana's client, in a group with Ben, who leads it, and Cleo, who does not. */
async function begun(role: 'owner' | 'member' = 'owner'): Promise<Stage> {
  const stage = await Stage.open();
  stage.http.on(`GET /v1/conversations/${group}/members`, { items: people, has_more: false });
  const log = wire(accountLog, { kind: 'account', peer: undefined as never });
  await stage.up([wire(group, { ...asGroup, role, head: 1 }), wire(chat), log]);
  await stage.push(record(group, 1, { ...state({ changed: 'title' }), sender: ana }));
  await stage.conversation(group).members.load();
  return stage;
}

test('[ENC272] whoever leads a group sets its picture and takes it away; it is shown, and so is that it was changed', async () => {
  const stage = await begun();
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  assert.equal(conversation.snapshot.picture, null);
  assert.equal(await conversation.picture(), null);
  await conversation.setPicture(png);
  await settle();
  const whole = { type: 'state', title: 'Tea', pins: [], timer_seconds: 0 };
  assert.deepEqual(bodies(stage), [{ ...whole, picture: shown(png), changed: 'picture' }]);
  const [frame] = stage.outgoing;
  assert.ok(frame);
  await stage.push(stage.confirm(frame, 2, { ord: 0 }));
  assert.equal(conversation.snapshot.picture, 2);
  assert.deepEqual(await conversation.picture(), { type: 'image/png', bytes: png });
  await stage.push(record(group, 3, { ...sets(other), sender: ben }));
  assert.deepEqual((await conversation.picture())?.bytes, other);
  await conversation.setPicture(null);
  await settle();
  const last = stage.outgoing.at(-1) ?? assert.fail();
  await stage.push(stage.confirm(last, 4, { ord: 0 }));
  assert.equal(conversation.snapshot.picture, null);
  assert.equal(await conversation.picture(), null);
  await settle();
  const said = timeline.snapshot.items.map(({ seq, sender, change }) => [seq, sender, change?.action]);
  assert.deepEqual(said.slice(1), [
    [2, ana, 'picture'],
    [3, ben, 'picture'],
    [4, ana, 'picture_removed'],
  ]);
  await stage.close();
});

test('[ENC273] a picture that a member sends is not shown, and has no row', async () => {
  const stage = await begun();
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  await stage.push(record(group, 2, { ...sets(png), sender: ben }), record(group, 3, { ...sets(other), sender: cleo }));
  await settle();
  assert.equal(conversation.snapshot.picture, 2);
  assert.deepEqual(
    timeline.snapshot.items.map(({ seq }) => seq),
    [1, 2],
  );
  assert.deepEqual(
    (await everything(conversation)).map(({ seq }) => seq),
    [2, 1],
  );
  await stage.close();
});

test('[ENC273] what came before it was known who leads is shown, and has its row, once it is', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { ...asGroup, head: 2 })]);
  await stage.push(record(group, 1, { ...state({ changed: 'title' }), sender: ben }));
  await stage.push(record(group, 2, { ...sets(png), sender: ben }));
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  await settle();
  const shown = () => [conversation.snapshot.picture, ...timeline.snapshot.items.map(({ change }) => change?.action)];
  assert.deepEqual(shown(), [null]);
  stage.http.on(`GET /v1/conversations/${group}/members`, { items: people, has_more: false });
  // A group on screen of which somebody has said how it stands asks who leads it.
  stage.client.presence.watch([], [group]);
  await settle();
  assert.deepEqual(shown(), [2, 'title', 'picture']);
  await stage.close();
});

test('[ENC273] [ENC274] who does not lead, and what is no picture for a group, is refused', async () => {
  const member = await begun('member');
  member.http.on(`GET /v1/conversations/${group}/members`, { items: [], has_more: false });
  await assert.rejects(member.conversation(group).setPicture(png), { code: 'conversation.role' });
  await assert.rejects(member.conversation(chat).setPicture(png), { code: 'frame.invalid' });
  await member.close();
  const owner = await begun();
  await assert.rejects(owner.conversation(group).setPicture(pngOf(maxPictureBytes + 1)), { code: 'message.too_large' });
  await assert.rejects(owner.conversation(group).setPicture(new Uint8Array(8)), { code: 'frame.invalid' });
  await settle();
  assert.deepEqual(bodies(owner), []);
  await owner.close();
});

test('[ENC274] what a hostile administrator sends as a picture is none', async () => {
  const stage = await begun();
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  await stage.push(record(group, 2, { ...state({ picture: shown(svg), changed: 'picture' }), sender: ben }));
  const conversation = stage.conversation(group);
  assert.equal(conversation.snapshot.picture, 2);
  assert.equal(await conversation.picture(), null);
  await stage.close();
});

test('[ENC272] who comes is told the picture, with the record that brought it', async () => {
  const stage = await begun();
  await stage.push(record(group, 2, { ...sets(png), sender: ben }));
  await stage.push(
    record(group, 3, { ...state({ pins: [1], changed: 'pins' }), sender: cleo }),
    record(group, 4, {
      ...{ kind: 'members', ord: 0, content: undefined as never, change: { action: 'join' }, member_n: 2 },
      sender: cleo,
    }),
  );
  await settle();
  const again = { type: 'state', title: 'Tea', pins: [1], timer_seconds: 0, repeats: 3 };
  assert.deepEqual(bodies(stage), [{ ...again, picture: { ...shown(png), of: 2 } }]);
  await stage.close();
});

test('[ENC275] the picture stays when the chat is cleared; what was said does not', async () => {
  const stage = await begun();
  await stage.push(record(group, 2, { ...sets(png), sender: ben }), record(group, 3));
  const conversation = stage.conversation(group);
  await conversation.clear();
  await settle();
  const cleared = stage.outgoing.find(({ key }) => key === clearKey(group)) ?? assert.fail();
  await stage.push(stage.confirm(cleared, 1, { conversation_id: accountLog }));
  await settle();
  assert.deepEqual((await conversation.picture())?.bytes, png);
  assert.equal(await conversation.message(3), null);
  assert.deepEqual(await everything(conversation), []);
  await stage.close();
});

/** A group whose title and picture were set at its beginning. */
function longAgo(): Desk {
  const desk = new Desk();
  desk.open(accountLog, { kind: 'account', peer: undefined as never });
  desk.open(group, { ...asGroup, role: 'owner' });
  desk.say(group, { ...state({ changed: 'title' }), sender: ana });
  desk.say(group, { ...sets(png), sender: ben });
  return desk;
}

async function upWith(desk: Desk, prepare: (stage: Stage) => void = () => {}): Promise<Stage> {
  const stage = await Stage.open();
  stage.http.on(`GET /v1/conversations/${group}/members`, { items: people, has_more: false });
  prepare(stage);
  await stage.up(desk.list());
  await desk.serve(stage);
  await settle();
  await desk.serve(stage);
  await stage.conversation(group).members.load();
  return stage;
}

test('[ENC275] where the picture is far up its place is kept for later devices', async () => {
  const desk = longAgo();
  for (let seq = 3; seq < limits.windowRows + 2; seq++) desk.say(group);
  const stage = await upWith(desk);
  await stage.push(desk.say(group));
  await settle();
  const written = stage.outgoing.filter(({ key }) => key === stateKey(group)).map(({ value }) => value);
  assert.equal(written.at(-1), '2 2');
  await stage.close();
});

test('[ENC275] a new device reads the picture from where another one has found it, beside the newest snapshot', async () => {
  const desk = longAgo();
  for (let seq = 3; seq < limits.maxTitleSearch * 2; seq++)
    desk.say(group, seq === 900 ? { ...state({ pins: [5], changed: 'pins' }), sender: cleo } : {});
  const setting = { key: stateKey(group), value: '900 2' };
  desk.say(accountLog, { kind: 'setting', ...setting, content: undefined as never, sender: ana });
  const stage = await upWith(desk, ({ http }) =>
    http.on('GET /v1/me/settings', { items: [{ ...setting, seq: 1 }], has_more: false }),
  );
  const conversation = stage.conversation(group);
  assert.deepEqual([conversation.snapshot.title, conversation.snapshot.pinnedSeqs], ['Tea', [5]]);
  assert.deepEqual((await conversation.picture())?.bytes, png);
  await stage.close();
});
