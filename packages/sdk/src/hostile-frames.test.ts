// Whatever a server says, it ends no app: what it can say wrongly is not taken for a bug of ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope, FrameDown, MemberChange } from '@parley/protocol';
import {
  accountLog,
  ana,
  ben,
  body,
  changes,
  chat,
  group,
  messages,
  quiet,
  record,
  room,
  Stage,
  wire,
} from './client-fixture.ts';
import { HandClock, messageId, seenByHost, settle } from './fixture.ts';
import { rfc3339 } from './time.ts';
import { isWhole } from './whole-frame.ts';

const now = rfc3339(new HandClock().now());
const mark = { account: ben, delivered: 3, read: 2 };
const device = `d_${'A'.repeat(22)}`;
const item = { n: 1, sender: ben, device, event_type: 'm.room.encrypted', content: '{}' };
const limits = { frame_bytes: 65_536, content_bytes: 49_152, text_characters: 16_384, page_items: 200 };

/** A frame of every type, with everything that may stand in it. */
const wholes: Readonly<Record<FrameDown['type'], object>> = {
  welcome: {
    protocol: 1,
    account: ana,
    device,
    handle: 'ana',
    log_id: 'l1',
    epoch: 1,
    server_time: now,
    keys_n: 1,
    heartbeat_ms: 25_000,
    limits,
  },
  message: record(chat, 1, { mentions: [ana], change: { action: 'add', subject: ben, role: 'member' } as never }),
  sent: { id: messageId(1), ref: '1' },
  rejected: { id: messageId(1), ref: '1', code: 'conversation.denied' },
  receipt: { conversation_id: chat, ...mark },
  typing: { conversation_id: chat, sender: ben },
  presence: { account: ben, state: 'offline', last_seen_at: now },
  messages: messages(chat, 1, 1, [record(chat, 1)]),
  changes: changes([wire(chat, { marks: [mark as never] })]),
  to_device: { items: [item] },
  keys: { n: 1 },
  notice: { topic: 'profile', account: ben },
  heartbeat: { change: 'c1', server_time: now },
  goaway: { reconnect_in_ms: 1_000 },
  error: {
    ref: '1',
    id: messageId(1),
    code: 'rate.limited',
    advice: 'wait',
    detail: 'x',
    path: '/x',
    retry_after_ms: 10,
  },
};

const nonsense: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  7,
  1e308,
  '',
  'x',
  '----------------------Z',
  [],
  [null],
  ['x'],
  [[]],
  {},
  { length: 1 },
];

/** The value with nonsense in the place of each of its parts, one at a time, however deep. */
function* spoiled(whole: unknown): Generator<unknown> {
  yield* nonsense;
  if (typeof whole !== 'object' || whole === null) return;
  for (const [name, part] of Object.entries(whole))
    for (const bad of spoiled(part))
      yield Array.isArray(whole)
        ? whole.map((each: unknown, at) => (String(at) === name ? bad : each))
        : { ...whole, [name]: bad };
}

async function online(): Promise<Stage> {
  const stage = await Stage.open();
  await stage.up([
    wire(chat),
    wire(group, { kind: 'group' }),
    wire(room, { kind: 'room' }),
    wire(accountLog, { kind: 'account' }),
  ]);
  return stage;
}

for (const type of Object.keys(wholes) as FrameDown['type'][])
  test(`[CON70] no ${type} that makes no sense is taken for a bug of ours`, async (t) => {
    const seen = seenByHost(t);
    let stage = await online();
    for (const bad of spoiled(wholes[type])) {
      if (typeof bad !== 'object' || bad === null || Array.isArray(bad)) continue;
      stage.socket.sayText(JSON.stringify({ ...bad, type }));
      await settle();
      assert.deepEqual(seen, [], JSON.stringify(bad));
      // It has left this server.
      if (stage.client.state.snapshot.phase === 'online') continue;
      await stage.close();
      stage = await online();
    }
    await stage.close();
    await settle();
    assert.deepEqual(seen, []);
  });

const kinds: Readonly<Record<Envelope['kind'], Partial<Envelope>>> = {
  content: { mentions: [ana], ...body({ type: 'text', text: 'hello', reply_to: 1 }) },
  quiet: quiet({ type: 'reaction', target: 1, emoji: '👍' }),
  members: { change: { action: 'add', subject: ben, role: 'member' } as MemberChange, entry: { n: 2 } as never },
  timer: { seconds: 60 },
  delete: { targets: [1] },
  setting: { key: `clear/${chat}`, value: '1' },
};

for (const kind of Object.keys(kinds) as Envelope['kind'][])
  test(`[CON70] no record of the kind ${kind} that makes no sense is taken for a bug of ours`, async (t) => {
    const seen = seenByHost(t);
    const stage = await online();
    for (const id of kind === 'setting' ? [accountLog] : [chat, group, room]) {
      let seq = 1;
      const whole = record(id, 1, { kind, ...kinds[kind] });
      for (const bad of spoiled(whole) as Generator<Envelope>) {
        // Each is the next one, unless that is what makes no sense about it.
        const frame = bad?.seq === 1 ? { ...bad, seq, ord: bad.ord === 1 ? seq : bad.ord } : bad;
        if (typeof bad !== 'object' || bad === null || !isWhole({ ...frame, type: 'message' })) continue;
        if (frame.seq === seq && frame.conversation_id === id) seq++;
        await stage.push({ ...frame, type: 'message' });
        assert.deepEqual(seen, [], JSON.stringify(frame));
      }
      assert.ok(seq > 20, `${seq} were taken in`);
    }
    await stage.close();
  });
