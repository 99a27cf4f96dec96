import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { wire } from './client-fixture.ts';
import { ChatError } from './error.ts';
import { leaveGroups } from './farewell.ts';
import * as limits from './limits.ts';

type Parts = Parameters<typeof leaveGroups>[0];
const idOf = (n: number) => `c_${String(n).padStart(22, '0')}` as ConversationId;

/** Somebody in so many groups; `refuse` says what the server makes of a leave. */
function somebody(count: number, refuse: (id: ConversationId, time: number) => ChatError | null) {
  const asked: string[] = [];
  const waited: number[] = [];
  let [now, most] = [0, 0];
  const go = (way: string) => async (id: ConversationId) => {
    asked.push(`${way} ${id}`);
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    const error = refuse(id, asked.filter((one) => one.endsWith(id)).length);
    if (error !== null) throw error;
  };
  const group = { kind: 'group', peer: undefined as never } as const;
  const after = (ms: number, task: () => void) => {
    waited.push(ms);
    task();
    return () => {};
  };
  const conversations = Array.from({ length: count }, (_, n) => [idOf(n), { server: wire(idOf(n), group) }] as const);
  const parts = {
    lists: { leave: go('leave'), decline: go('decline') },
    replica: { tables: { conversations: new Map<ConversationId, unknown>(conversations) } },
    clock: { after },
  };
  const core = parts as unknown as Parts;
  return { asked, waited, core, most: () => most, conversations: parts.replica.tables.conversations };
}

test('[MEM35] groups are left, invitations declined, a few at once, and nothing else', async () => {
  const { core, asked, most, conversations } = somebody(20, () => null);
  const { role: _, ...outside } = wire(idOf(20), { kind: 'group', peer: undefined as never });
  conversations.set(idOf(20), { server: { ...outside, membership: 'invited' } });
  conversations.set(idOf(21), { server: { ...outside, left_seq: 4 } });
  conversations.set(idOf(22), { server: wire(idOf(22), { kind: 'direct' }) });
  conversations.set(idOf(23), { server: wire(idOf(23), { kind: 'room', peer: undefined as never }) });
  await leaveGroups(core);
  const wanted = Array.from({ length: 20 }, (_, n) => `leave ${idOf(n)}`);
  assert.deepEqual(new Set(asked), new Set([...wanted, `decline ${idOf(20)}`]));
  assert.equal(asked.length, 21);
  assert.equal(most(), limits.leavesAtOnce);
  await leaveGroups({ ...core, lists: null });
  assert.equal(asked.length, 21, 'where nothing is signed the server does it');
});

test('[MEM35] it goes as slowly as the server wants, and what is refused is left to the server', async () => {
  const slow = new ChatError('rate.limited', { retryAfterMs: 700 });
  const { core, asked, waited } = somebody(3, (id, time) => {
    if (id === idOf(0)) return time < 3 ? slow : null;
    return id === idOf(1) ? new ChatError('conversation.denied') : slow;
  });
  await leaveGroups(core);
  const times = [0, 1, 2].map((n) => asked.filter((one) => one === `leave ${idOf(n)}`).length);
  assert.deepEqual(times, [3, 1, limits.maxFarewellTries]);
  assert.deepEqual(new Set(waited), new Set([700]));
});

test('[MEM35] without the server nothing is deleted: it is told', async () => {
  const { core } = somebody(1, () => new ChatError('client.unreachable'));
  await assert.rejects(leaveGroups(core), { code: 'client.unreachable' });
});
