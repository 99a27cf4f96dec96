import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, Presence } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import type { Seat } from '../kernel/frame-handlers.ts';
import { dropDroppableBytes } from '../kernel/limits.ts';
import { accountId, conversationId, message, TestGateway, type TestWire } from './fixture.ts';

const room = conversationId(9);
const seat = (joinedSeq = 1, memberN = 1): Seat => ({ conversation: room, joinedSeq, memberN });

/** A gateway whose accounts sit where `seats` says. */
function gatewayWith(seats: Map<AccountId, readonly Seat[]>): TestGateway {
  return new TestGateway({ handlers: { roomsOf: async (account) => seats.get(account) ?? [] } });
}

test('[HEL23] typing reaches members with the conversation on screen, and never the sender', async () => {
  const gateway = new TestGateway();
  const [sender, viewer, elsewhere, outsider] = await Promise.all([1, 2, 3, 4].map((n) => gateway.greeted(n)));
  assert.ok(sender && viewer && elsewhere && outsider);
  for (const { socket } of [sender, viewer, outsider])
    gateway.send(socket, { type: 'watch', accounts: [], conversations: [conversationId(1)] });
  await gateway.settle();
  const typing: Hint = {
    type: 'typing',
    conversation: conversationId(1),
    sender: accountId(1),
    recipients: [accountId(1), accountId(2), accountId(3)],
    frame: Buffer.from('{"type":"typing"}'),
  };
  gateway.hub.deliver(typing);
  gateway.endTurn();
  assert.deepEqual(
    [sender, viewer, elsewhere, outsider].map(({ wire }) => wire.frames('typing').length),
    [0, 1, 0, 0],
  );
  gateway.send(viewer.socket, { type: 'watch', accounts: [], conversations: [conversationId(2)] });
  await gateway.settle();
  gateway.hub.deliver(typing);
  gateway.endTurn();
  assert.equal(viewer.wire.frames('typing').length, 1);
});

test('[HEL23] in a room typing is shown only to those who are in it', async () => {
  const gateway = gatewayWith(new Map([[accountId(2), [seat()]]]));
  const member = await gateway.greeted(2);
  const guest = await gateway.greeted(3);
  for (const { socket } of [member, guest])
    gateway.send(socket, { type: 'watch', accounts: [], conversations: [room] });
  await gateway.settle();
  gateway.hub.deliver({
    type: 'typing',
    conversation: room,
    sender: accountId(1),
    recipients: null,
    frame: Buffer.from('{"type":"typing"}'),
  });
  gateway.endTurn();
  assert.equal(member.wire.frames('typing').length, 1);
  assert.equal(guest.wire.frames('typing').length, 0);
});

test('[HEL23] a slow answer to an older watch does not undo the newer one', async () => {
  const answers: ((conversations: readonly ConversationId[]) => void)[] = [];
  const gateway = new TestGateway({
    handlers: { watchable: () => new Promise((resolve) => answers.push(resolve)) },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2]) gateway.send(socket, { type: 'watch', accounts: [], conversations: [conversationId(n)] });
  answers[1]?.([conversationId(2)]);
  await gateway.settle();
  answers[0]?.([conversationId(1)]);
  await gateway.settle();
  const typing = (n: number): Hint => ({
    type: 'typing',
    conversation: conversationId(n),
    sender: accountId(2),
    recipients: [accountId(1)],
    frame: Buffer.from(`{"type":"typing","n":${n}}`),
  });
  gateway.hub.deliver(typing(1));
  gateway.hub.deliver(typing(2));
  gateway.endTurn();
  assert.deepEqual(wire.frames('typing'), [{ type: 'typing', n: 2 }]);
});

test('[HEL115] a socket that closes while its watch is being answered is not kept', async () => {
  const answer = Promise.withResolvers<readonly ConversationId[]>();
  const gateway = new TestGateway({ handlers: { watchable: () => answer.promise } });
  const { socket } = await gateway.greeted(1);
  gateway.send(socket, { type: 'watch', accounts: [accountId(2)], conversations: [conversationId(1)] });
  socket.closed(1006);
  answer.resolve([conversationId(1)]);
  await gateway.settle();
  assert.deepEqual([...gateway.hub.watchers.of(conversationId(1))], []);
});

test('[HEL24] presence is told at once to who watches, then at every change, as far as they may know', async () => {
  const state = new Map<AccountId, Presence['state']>();
  const gateway = new TestGateway({
    handlers: {
      presenceOf: async (viewer, accounts) =>
        accounts.map((account) => ({
          type: 'presence',
          account,
          state: viewer === accountId(3) ? 'recently' : (state.get(account) ?? 'offline'),
        })),
    },
  });
  const friend = await gateway.greeted(2);
  const stranger = await gateway.greeted(3);
  const nobody = await gateway.greeted(4);
  for (const { socket } of [friend, stranger]) gateway.send(socket, { type: 'watch', accounts: [accountId(1)] });
  await gateway.settle();
  state.set(accountId(1), 'online');
  gateway.hub.deliver({ type: 'presence', account: accountId(1) });
  gateway.hub.deliver({ type: 'presence', account: accountId(5) });
  await gateway.settle();
  const told = (wire: TestWire) => wire.frames('presence').map((frame) => frame.state);
  assert.deepEqual(told(friend.wire), ['offline', 'online']);
  assert.deepEqual(told(stranger.wire), ['recently']);
  assert.deepEqual(told(nobody.wire), []);
  gateway.send(friend.socket, { type: 'watch', accounts: [] });
  await gateway.settle();
  gateway.hub.deliver({ type: 'presence', account: accountId(1) });
  await gateway.settle();
  assert.equal(told(friend.wire).length, 2);
});

test('[PRS11] a coarse word or hidden is told when watching begins and when the sight changes, not at each coming and going', async () => {
  let state: Presence['state'] = 'this_week';
  const gateway = new TestGateway({
    handlers: {
      presenceOf: async (_viewer, accounts) => accounts.map((account) => ({ type: 'presence', account, state })),
    },
  });
  const { socket, wire } = await gateway.greeted(2);
  const change = async (next: Presence['state']) => {
    state = next;
    gateway.hub.deliver({ type: 'presence', account: accountId(1) });
    await gateway.settle();
  };
  gateway.send(socket, { type: 'watch', accounts: [accountId(1)] });
  await gateway.settle();
  for (const next of ['recently', 'recently', 'hidden', 'hidden', 'online', 'offline', 'recently'] as const)
    await change(next);
  gateway.send(socket, { type: 'watch', accounts: [accountId(1)], conversations: [] });
  await gateway.settle();
  assert.deepEqual(
    wire.frames('presence').map((frame) => frame.state),
    ['this_week', 'hidden', 'online', 'offline', 'recently', 'recently'],
  );
});

test('[PRS150] who may know more of somebody after a record of the two is told at once, and who knows all is not told again', async () => {
  let areContacts = false;
  const gateway = new TestGateway({
    handlers: {
      presenceOf: async (_viewer, accounts) =>
        accounts.map((account) => ({ type: 'presence', account, state: areContacts ? 'online' : 'hidden' })),
    },
  });
  const viewers = await Promise.all([1, 2, 3].map((n) => gateway.greeted(n)));
  for (const [at, { socket }] of viewers.entries())
    gateway.send(socket, { type: 'watch', accounts: [accountId(at === 0 ? 2 : 1)] });
  await gateway.settle();
  const spoken = async (recipients: readonly AccountId[]) => {
    gateway.hub.deliver({
      type: 'envelope',
      conversation: conversationId(1),
      seq: 1,
      memberN: 1,
      sender: accountId(1),
      counts: true,
      recipients,
      joined: [],
      left: [],
      after: null,
      frame: Buffer.from('{"type":"message"}'),
    });
    await gateway.settle();
    return viewers.map(({ wire }) => wire.frames('presence').map((frame) => frame.state));
  };
  assert.deepEqual(await spoken([accountId(1), accountId(2)]), [['hidden'], ['hidden'], ['hidden']]);
  areContacts = true;
  assert.deepEqual(await spoken([accountId(1), accountId(4)]), [['hidden'], ['hidden'], ['hidden']]);
  assert.deepEqual(await spoken([accountId(1), accountId(2)]), [
    ['hidden', 'online'],
    ['hidden', 'online'],
    ['hidden'],
  ]);
  assert.deepEqual(await spoken([accountId(1), accountId(2)]), [
    ['hidden', 'online'],
    ['hidden', 'online'],
    ['hidden'],
  ]);
});

test('[HEL24] of two changes in a row the newer is told last', async () => {
  const asked: ((presence: Presence) => void)[] = [];
  const gateway = new TestGateway({
    handlers: { presenceOf: () => new Promise((resolve) => asked.push((presence) => resolve([presence]))) },
  });
  const { socket, wire } = await gateway.greeted(2);
  gateway.send(socket, { type: 'watch', accounts: [accountId(1)] });
  await gateway.settle();
  const presence = (state: Presence['state']): Presence => ({ type: 'presence', account: accountId(1), state });
  asked[0]?.(presence('offline'));
  await gateway.settle();
  gateway.hub.deliver({ type: 'presence', account: accountId(1) });
  gateway.hub.deliver({ type: 'presence', account: accountId(1) });
  asked[1]?.(presence('online'));
  await gateway.settle();
  asked[2]?.(presence('offline'));
  await gateway.settle();
  assert.deepEqual(
    wire.frames('presence').map((frame) => frame.state),
    ['offline', 'online', 'offline'],
  );
});

test('[HEL24] who hides or shows itself sees the others anew, and the others see it anew', async () => {
  const gateway = new TestGateway();
  const one = await gateway.greeted(1);
  const two = await gateway.greeted(2);
  gateway.send(one.socket, { type: 'watch', accounts: [accountId(2)] });
  gateway.send(two.socket, { type: 'watch', accounts: [accountId(1)] });
  await gateway.settle();
  gateway.hub.deliver({ type: 'settings', account: accountId(1) });
  await gateway.settle();
  assert.equal(one.wire.frames('presence').length, 2);
  assert.equal(two.wire.frames('presence').length, 2);
});

test('[R9] [HEL24] typing, receipts and presence that hang or fail delay no message, in or out', async () => {
  const never = () => new Promise<never>(() => {});
  const gateway = new TestGateway({
    handlers: { typing: never, received: never, watchable: never, presenceOf: never },
  });
  const { socket, wire } = await gateway.greeted(1);
  gateway.send(socket, { type: 'watch', accounts: [accountId(2)], conversations: [conversationId(1)] });
  gateway.send(socket, { type: 'typing', conversation_id: conversationId(1) });
  gateway.send(socket, { type: 'received', conversation_id: conversationId(1), seq: 1 });
  gateway.hub.deliver({ type: 'presence', account: accountId(2) });
  gateway.send(socket, message(1));
  const frame = Buffer.from('{"type":"notice"}');
  gateway.hub.deliver({ type: 'accounts', accounts: [accountId(1)], frame, droppable: false });
  await gateway.settle();
  assert.deepEqual([wire.frames('sent').length, wire.frames('notice').length], [1, 1]);
  // Whoever reads slowly loses these first, and messages not yet.
  wire.bufferedBytes = dropDroppableBytes + 1;
  gateway.hub.deliver({ type: 'accounts', accounts: [accountId(1)], frame, droppable: true });
  gateway.hub.deliver({ type: 'accounts', accounts: [accountId(1)], frame, droppable: false });
  await gateway.settle();
  assert.equal(wire.frames('notice').length, 2);
});
