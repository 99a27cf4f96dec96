import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, Presence } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import type { Seat } from '../kernel/frame-handlers.ts';
import { maxHeldEnvelopes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountId, conversationId, deviceId, messageId, TestGateway, type TestWire } from './fixture.ts';

type Envelope = Extract<Hint, { type: 'envelope' }>;
const room = conversationId(9);

function envelope(seq: number, changes: Partial<Envelope> = {}): Envelope {
  return {
    type: 'envelope',
    conversation: room,
    seq,
    memberN: 1,
    sender: accountId(1),
    recipients: null,
    joined: [],
    left: [],
    frame: Buffer.from(JSON.stringify({ type: 'message', seq })),
    ...changes,
  };
}

const seat = (joinedSeq = 1, memberN = 1): Seat => ({ conversation: room, joinedSeq, memberN });
const seqs = (wire: TestWire) => wire.frames('message').map((frame) => frame.seq);

/** A gateway whose accounts sit where `seats` says. */
function gatewayWith(seats: Map<AccountId, readonly Seat[]>): TestGateway {
  return new TestGateway({ handlers: { roomsOf: async (account) => seats.get(account) ?? [] } });
}

test('[HEL21] an envelope goes to every device of its recipients, in the same bytes, and to nobody else', async () => {
  const gateway = new TestGateway();
  const sender = await gateway.greeted(1);
  const second = await gateway.greeted(2, 1);
  const recipient = await gateway.greeted(3);
  const stranger = await gateway.greeted(4);
  const writes = [sender, second, recipient].map(({ wire }) => wire.writes.length);
  gateway.hub.deliver(envelope(1, { recipients: [accountId(1), accountId(3), accountId(5)] }));
  gateway.endTurn();
  const written = [sender, second, recipient].map(({ wire }, n) => wire.writes[writes[n] ?? 0]);
  assert.ok(written[0]);
  assert.equal(written[1], written[0]);
  assert.equal(written[2], written[0]);
  assert.deepEqual(seqs(stranger.wire), []);
});

test('[HEL21] a room reaches its members here, from joining until and including leaving', async () => {
  const gateway = gatewayWith(new Map([[accountId(1), [seat()]]]));
  const first = await gateway.greeted(1);
  const second = await gateway.greeted(2);
  gateway.hub.deliver(envelope(2));
  gateway.hub.deliver(envelope(3, { memberN: 2, joined: [accountId(2)] }));
  gateway.hub.deliver(envelope(4, { memberN: 2 }));
  gateway.hub.deliver(envelope(5, { memberN: 3, left: [accountId(1)] }));
  gateway.hub.deliver(envelope(6, { memberN: 3 }));
  gateway.endTurn();
  assert.deepEqual(seqs(first.wire), [2, 3, 4, 5]);
  assert.deepEqual(seqs(second.wire), [3, 4, 5, 6]);
});

test('[HEL21] an envelope from before joining is not handed over, however late it comes', async () => {
  const gateway = gatewayWith(new Map([[accountId(1), [seat(10)]]]));
  const { wire } = await gateway.greeted(1);
  gateway.hub.deliver(envelope(9));
  gateway.hub.deliver(envelope(10));
  gateway.endTurn();
  assert.deepEqual(seqs(wire), [10]);
});

test('[HEL21] joining or leaving while the rooms are being read wins over what was read', async () => {
  let answer: (seats: readonly Seat[]) => void = () => {};
  const reading = () => new Promise<readonly Seat[]>((resolve) => (answer = resolve));
  const gateway = new TestGateway({
    handlers: { roomsOf: (account) => (account === accountId(1) ? reading() : Promise.resolve([seat()])) },
  });
  await gateway.greeted(2);
  const leaver = await gateway.greeted(1);
  gateway.hub.deliver(envelope(2, { memberN: 2, left: [accountId(1)] }));
  answer([seat()]);
  await gateway.settle();
  gateway.hub.deliver(envelope(3, { memberN: 2 }));
  gateway.endTurn();
  assert.deepEqual(seqs(leaver.wire), []);
});

test('[HEL22] after a missed membership record members are read again before anything is handed out', async () => {
  const seats = new Map([
    [accountId(1), [seat()]],
    [accountId(2), [seat()]],
  ]);
  const gateway = gatewayWith(seats);
  const stays = await gateway.greeted(1);
  const gone = await gateway.greeted(2);
  gateway.hub.deliver(envelope(2));
  seats.set(accountId(2), []);
  gateway.hub.deliver(envelope(4, { memberN: 2 }));
  gateway.hub.deliver(envelope(5, { memberN: 2 }));
  gateway.endTurn();
  assert.deepEqual(seqs(stays.wire), [2]);
  await gateway.settle();
  gateway.hub.deliver(envelope(6, { memberN: 2 }));
  gateway.endTurn();
  assert.deepEqual(seqs(stays.wire), [2, 4, 5, 6]);
  assert.deepEqual(seqs(gone.wire), [2]);
});

test('[HEL22] while members cannot be read nothing is handed out, and the next envelope tries again', async () => {
  let failing = false;
  const gateway = new TestGateway({
    handlers: {
      async roomsOf() {
        if (failing) throw new Unavailable('store');
        return [seat()];
      },
    },
  });
  const { wire } = await gateway.greeted(1);
  failing = true;
  gateway.hub.deliver(envelope(3, { memberN: 2 }));
  await gateway.settle();
  failing = false;
  gateway.hub.deliver(envelope(4, { memberN: 2 }));
  await gateway.settle();
  assert.deepEqual(seqs(wire), [4]);
  assert.deepEqual(gateway.faults, ['hub']);
});

test('[HEL22] envelopes that wait for the members are bounded', async () => {
  let answer: (seats: readonly Seat[]) => void = () => {};
  let slow = false;
  const gateway = new TestGateway({
    rateFactor: 100,
    handlers: {
      roomsOf: () => (slow ? new Promise((resolve) => (answer = resolve)) : Promise.resolve([seat()])),
    },
  });
  const { wire } = await gateway.greeted(1);
  slow = true;
  for (let n = 0; n < maxHeldEnvelopes + 5; n++) gateway.hub.deliver(envelope(2 + n, { memberN: 2 }));
  await gateway.settle();
  answer([seat()]);
  await gateway.settle();
  assert.equal(seqs(wire).length, maxHeldEnvelopes);
});

test('[HEL22] who asks what changed gets the rooms that were missed', async () => {
  const seats = new Map<AccountId, readonly Seat[]>();
  const gateway = gatewayWith(seats);
  const { socket, wire } = await gateway.greeted(1);
  seats.set(accountId(1), [seat(2)]);
  gateway.hub.deliver(envelope(3));
  gateway.send(socket, { type: 'sync', ref: 'changes' });
  await gateway.settle();
  gateway.hub.deliver(envelope(4));
  gateway.endTurn();
  assert.deepEqual(seqs(wire), [4]);
});

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

test('[HEL24] of two changes in a row the newer is told last', async () => {
  const asked: ((presence: Presence) => void)[] = [];
  const gateway = new TestGateway({
    handlers: { presenceOf: () => new Promise((resolve) => asked.push((presence) => resolve([presence]))) },
  });
  const { socket, wire } = await gateway.greeted(2);
  gateway.send(socket, { type: 'watch', accounts: [accountId(1)] });
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

test('[HEL25] a rejection goes to all devices of the sender, an acceptance to nobody', async () => {
  const gateway = new TestGateway();
  const one = await gateway.greeted(1);
  const other = await gateway.greeted(2, 1);
  const base = { type: 'verdict', conversation: conversationId(1), sender: accountId(1), id: messageId(1) } as const;
  gateway.hub.deliver({ ...base, verdict: { state: 'accepted', seq: 1, repeat: false } });
  gateway.hub.deliver({ ...base, verdict: { state: 'rejected', code: 'conversation.denied', repeat: false } });
  gateway.endTurn();
  for (const { wire } of [one, other]) {
    const [rejected, more] = wire.frames('rejected');
    assert.deepEqual([rejected?.id, rejected?.code], [messageId(1), 'conversation.denied']);
    assert.equal(more, undefined);
  }
});

test('[HEL9] a hint of revocation ends the socket of that device only', async () => {
  const gateway = new TestGateway();
  const one = await gateway.greeted(1);
  const other = await gateway.greeted(2, 1);
  gateway.hub.deliver({ type: 'revoked', device: deviceId(1) });
  assert.deepEqual(one.wire.closedWith, { code: 4401, reason: 'device.revoked' });
  assert.equal(one.wire.frames('error').at(-1)?.code, 'device.revoked');
  assert.equal(other.wire.closedWith, null);
});

test('[HEL29] a hint says that the account was disabled', async () => {
  const gateway = new TestGateway();
  const { wire } = await gateway.greeted(1);
  gateway.hub.deliver({ type: 'revoked', device: deviceId(1), disabled: true });
  assert.deepEqual(wire.closedWith, { code: 4401, reason: 'account.disabled' });
});
