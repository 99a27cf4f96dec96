// How a group stands, over a whole client: who says it when somebody comes, and how a new device finds it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '@parley/protocol';
import { stateKey } from '@parley/protocol/settings';
import { accountLog, ana, ben, cleo, group, leading, quiet, record, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

const asGroup = { kind: 'group', peer: undefined as never } as const;
const joins = { kind: 'members', ord: 0, content: undefined as never, change: { action: 'join' } } as const;
const state = (more: object) => ({ ...quiet({ type: 'state', pins: [], timer_seconds: 0, ...more }), ord: 0 });
const bodies = (stage: Stage) =>
  stage.outgoing.filter(({ kind }) => kind === 'quiet').map(({ content }) => JSON.parse(content ?? '') as object);

/** A member of a group called Tea into which Cleo has come by herself. */
async function joined(role: 'owner' | 'member'): Promise<Stage> {
  const stage = await Stage.open();
  leading(stage, ...(role === 'owner' ? [ana] : []), ben);
  await stage.up([wire(group, { ...asGroup, role, head: 3 })]);
  await stage.push(
    record(group, 1, { ...state({ title: 'Tea', changed: 'title' }), sender: ben }),
    record(group, 2, { ord: 1 }),
    record(group, 3, { ...joins, sender: cleo, member_n: 2 }),
  );
  await settle();
  return stage;
}

const again = { type: 'state', title: 'Tea', pins: [], timer_seconds: 0, repeats: 1 };

test('[ENC201] the owner says at once how the group stands, whoever else is next to write does, and nobody twice', async () => {
  const owner = await joined('owner');
  assert.deepEqual(bodies(owner), [again]);
  await owner.close();
  const member = await joined('member');
  assert.deepEqual(bodies(member), [], 'a thousand members do not all speak');
  await member.conversation(group).send('hello');
  await settle();
  assert.deepEqual(bodies(member), [again]);
  const [text, said] = member.outgoing;
  assert.ok(text && said);
  await member.push(member.confirm(text, 4), member.confirm(said, 5, { ord: 2 }));
  await member.conversation(group).send('and on');
  await settle();
  assert.equal(bodies(member).length, 1);
  await member.close();
});

test('[ENC201] what was said by another member since somebody came is not said again', async () => {
  const stage = await joined('member');
  await stage.push(record(group, 4, { ...state({ title: 'Tea', repeats: 1 }), sender: ben }));
  await stage.conversation(group).send('hello');
  await settle();
  assert.deepEqual(bodies(stage), []);
  await stage.close();
});

test('[ENC201] who brings somebody in says it right after that', async () => {
  const stage = await joined('member');
  stage.http.on(`POST /v1/conversations/${group}/members`, { account: ben, role: 'member', membership: 'member' });
  await stage.conversation(group).members.add(ben);
  await settle();
  assert.deepEqual(bodies(stage), [again]);
  await stage.close();
});

test('[ENC200] a pin in a group says everything, is shown at once, and has no row of its own', async () => {
  const stage = await joined('member');
  const conversation = stage.conversation(group);
  await conversation.pin(2, true);
  await settle();
  const timeline = conversation.timeline();
  await settle();
  assert.deepEqual(bodies(stage), [{ type: 'state', title: 'Tea', pins: [2], timer_seconds: 0, changed: 'pins' }]);
  assert.equal(timeline.snapshot.items.find(({ seq }) => seq === 2)?.pinned, true);
  const [frame] = stage.outgoing;
  assert.ok(frame);
  await stage.push(stage.confirm(frame, 4, { ord: 1 }));
  assert.deepEqual(conversation.snapshot.pinnedSeqs, [2]);
  assert.deepEqual(
    timeline.snapshot.items.map(({ seq }) => seq),
    [1, 2, 3],
  );
  assert.equal(conversation.snapshot.title, 'Tea');
  await stage.close();
});

test('[ENC200] a timeline that is open follows a pin that is on its way, and what others have pinned since', async () => {
  const stage = await joined('member');
  await stage.push(record(group, 4, { ord: 2 }));
  const conversation = stage.conversation(group);
  const timeline = conversation.timeline();
  await settle();
  const pinned = () => timeline.snapshot.items.filter((item) => item.pinned).map(({ seq }) => seq);
  assert.deepEqual(pinned(), []);
  await conversation.pin(2, true);
  await settle();
  assert.deepEqual(pinned(), [2]);
  const [frame] = stage.outgoing;
  assert.ok(frame);
  const other = { ...state({ pins: [4], changed: 'pins' }), ord: 2, sender: ben };
  await stage.push(stage.confirm(frame, 5, { ord: 2 }), record(group, 6, other));
  assert.deepEqual(pinned(), [4]);
  await stage.close();
});

test('[ENC203] a newcomer sees after whom the group is called, until a member says its title; what it may not read is no hole', async () => {
  const stage = Stage.make();
  const items = [
    { account: ana, role: 'member', joined_seq: 7 },
    { account: cleo, role: 'owner', joined_seq: 1 },
  ];
  stage.http.on(`GET /v1/conversations/${group}/members`, { items, has_more: false });
  stage.http.on('GET /v1/accounts', {
    items: [{ account: cleo, handle: 'cleo', name: 'Cleo Lin', kind: 'person' }],
    has_more: false,
  });
  await stage.connect();
  const desk = new Desk();
  desk.open(group, { ...asGroup, joined_seq: 7 });
  for (let seq = 1; seq < 7; seq++) desk.say(group);
  desk.say(group, { ...joins, sender: ana });
  await stage.up(desk.list());
  const hidden = async () => {
    for (const question of stage.socket.of('sync')) {
      const answer = desk.answer(question);
      // The server gives nothing from before she came.
      const mine =
        'items' in answer && 'from_seq' in answer ? { ...answer, items: answer.items.filter(isReadable) } : answer;
      await stage.answer(question, mine);
    }
  };
  await hidden();
  const conversation = stage.conversation(group);
  await conversation.members.load();
  await stage.client.people.load([cleo]);
  assert.equal(conversation.snapshot.namedAfter, 'Cleo Lin');
  await stage.push(record(group, 8, { ...state({ title: 'Tea', pins: [3], repeats: 2 }), sender: cleo }));
  const { title, namedAfter, pinnedSeqs } = conversation.snapshot;
  assert.deepEqual([title, namedAfter, pinnedSeqs], ['Tea', null, [3]]);
  const reading = conversation.message(3);
  await settle();
  await hidden();
  assert.equal(await reading, null);
  await stage.close();
});

function isReadable({ seq }: Envelope): boolean {
  return seq >= 7;
}

test('[ENC202] where a group says how it stands is kept for later devices once it is far, and ends with the membership', async () => {
  const stage = await Stage.open();
  const desk = new Desk();
  desk.open(accountLog, { kind: 'account', peer: undefined as never });
  desk.open(group, asGroup);
  desk.say(group, { ...state({ title: 'Tea', changed: 'title' }), sender: ben });
  for (let seq = 2; seq <= limits.windowRows; seq++) desk.say(group);
  await stage.up(desk.list());
  await desk.serve(stage);
  const written = () => stage.outgoing.filter(({ key }) => key === stateKey(group)).map(({ value }) => value);
  assert.deepEqual(written(), [], 'a new device finds it in its first page');
  const far = desk.say(group);
  await stage.push(far);
  await settle();
  assert.deepEqual(written(), ['1']);
  const [frame] = stage.outgoing;
  assert.ok(frame);
  await stage.push(stage.confirm(frame, 1));
  await stage.push(desk.say(group));
  await settle();
  assert.deepEqual(written(), ['1'], 'once');
  const left = { kind: 'members', ord: 0, sender: ana, content: undefined as never, member_n: 2 } as const;
  await stage.push(desk.say(group, { ...left, change: { action: 'leave' } }));
  await settle();
  assert.deepEqual(written(), ['1', '']);
  await stage.close();
});

test('[ENC202] where the newest snapshot is a member’s, the place of the title that counts is kept beside it, and read from there', async () => {
  const far = limits.maxTitleSearch + limits.windowRows;
  const desk = new Desk();
  desk.open(accountLog, { kind: 'account', peer: undefined as never });
  desk.open(group, asGroup);
  for (let seq = 1; seq <= far * 2; seq++) {
    const set = seq === far && { ...state({ title: 'Tea', changed: 'title' }), sender: ben };
    const pinned = seq === far + 60 && { ...state({ title: 'Lies', pins: [12], changed: 'pins' }), sender: cleo };
    desk.say(group, set || pinned || {});
  }
  const value = `${far + 60} 0 ${far}`;
  const reading = async (told: string, seed: number) => {
    const stage = await Stage.open(undefined, seed);
    leading(stage, ben);
    const items = [{ key: stateKey(group), value: told, seq: 1 }];
    stage.http.on('GET /v1/me/settings', { items, has_more: false });
    await stage.up(desk.list());
    for (let round = 0; round < 4; round++) {
      await desk.serve(stage);
      await settle();
    }
    return stage;
  };
  const here = await reading(String(far + 60), 1);
  assert.deepEqual(here.conversation(group).snapshot.pinnedSeqs, [12]);
  const jump = here.conversation(group).message(far);
  await settle();
  await desk.serve(here);
  await jump;
  await here.push(desk.say(group));
  await settle();
  assert.equal(here.outgoing.filter(({ key }) => key === stateKey(group)).at(-1)?.value, value);
  await here.close();
  const setting = { kind: 'setting', key: stateKey(group), value, content: undefined as never } as const;
  desk.say(accountLog, { ...setting, sender: ana });
  const later = await reading(value, 2);
  const { title, pinnedSeqs } = later.conversation(group).snapshot;
  assert.deepEqual([title, pinnedSeqs], ['Tea', [12]]);
  await later.close();
});

test('[ENC202] a new device reads the title and the pins of a group from where another one has found them', async () => {
  const desk = new Desk();
  const head = limits.maxTitleSearch * 2;
  desk.open(accountLog, { kind: 'account', peer: undefined as never });
  desk.open(group, asGroup);
  for (let seq = 1; seq <= head; seq++)
    desk.say(group, seq === 900 ? { ...state({ title: 'Tea', pins: [12] }), sender: ben } : {});
  const setting = { kind: 'setting', key: stateKey(group), value: '900', content: undefined as never } as const;
  desk.say(accountLog, { ...setting, sender: ana });
  const stage = await Stage.open();
  leading(stage, ben);
  stage.http.on('GET /v1/me/settings', { items: [{ key: stateKey(group), value: '900', seq: 1 }], has_more: false });
  await stage.up(desk.list());
  await desk.serve(stage);
  await settle();
  await desk.serve(stage);
  const { title, pinnedSeqs } = stage.conversation(group).snapshot;
  assert.deepEqual([title, pinnedSeqs], ['Tea', [12]]);
  await stage.close();
});
