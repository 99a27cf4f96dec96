import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import type { Seat } from '../kernel/frame-handlers.ts';
import { maxHeldEnvelopes, seatsAtOnce } from '../kernel/limits.ts';
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
    counts: true,
    recipients: null,
    joined: [],
    left: [],
    after: null,
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

test('[R8] [HEL21] an envelope goes to every device of its recipients, in the same bytes, and to nobody else', async () => {
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

test('[R8] [HEL21] a room reaches its members here, from joining until and including leaving', async () => {
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
  let answer: (seq: number) => void = () => {};
  const gateway = new TestGateway({
    rateFactor: 100,
    handlers: {
      roomsOf: async () => [seat()],
      seatedSince: () => new Promise((resolve) => (answer = resolve)),
    },
  });
  const { wire } = await gateway.greeted(1);
  for (let n = 0; n < maxHeldEnvelopes + 5; n++) gateway.hub.deliver(envelope(2 + n, { memberN: 2 }));
  await gateway.settle();
  answer(1);
  await gateway.settle();
  assert.equal(seqs(wire).length, maxHeldEnvelopes);
});

test('[HEL116] after a missed membership record one seat is read for each member here, so many at once', async () => {
  const people = Array.from({ length: seatsAtOnce + 5 }, (_, n) => n + 1);
  const left = accountId(7);
  const reads: (() => void)[] = [];
  let rooms = 0;
  const gateway = new TestGateway({
    handlers: {
      async roomsOf() {
        rooms++;
        return [seat()];
      },
      async seatedSince(account, conversation) {
        assert.equal(conversation, room);
        await new Promise<void>((resolve) => reads.push(resolve));
        return account === left ? null : 1;
      },
    },
  });
  const lines = await Promise.all(people.map((n) => gateway.greeted(n)));
  rooms = 0;
  gateway.hub.deliver(envelope(3, { memberN: 2 }));
  for (const count of [seatsAtOnce, 5]) {
    await gateway.settle();
    assert.equal(reads.length, count);
    for (const answer of reads.splice(0)) answer();
  }
  await gateway.settle();
  const got = lines.filter(({ wire }) => seqs(wire).length === 1).map(({ socket }) => socket.session.account);
  assert.equal(got.length, people.length - 1);
  assert.ok(!got.includes(left));
  assert.equal(rooms, 0);
});

test('[HEL22] a seat that was read while its member went and came back counts for nothing', async () => {
  const reads: (() => void)[] = [];
  let seats: readonly Seat[] = [seat()];
  const gateway = new TestGateway({
    handlers: {
      roomsOf: async () => seats,
      async seatedSince() {
        await new Promise<void>((resolve) => reads.push(resolve));
        return 1;
      },
    },
  });
  await gateway.greeted(1);
  const { socket } = await gateway.greeted(2);
  gateway.hub.deliver(envelope(3, { memberN: 2 }));
  await gateway.settle();
  socket.closed(1000);
  seats = [];
  const { wire } = await gateway.greeted(2);
  for (const answer of reads) answer();
  await gateway.settle();
  assert.deepEqual(seqs(wire), []);
});

test('[HEL22] rooms that were being read when a membership record was missed do not bring back who left', async () => {
  const answers: (() => void)[] = [];
  let isSlow = false;
  const gateway = new TestGateway({
    handlers: {
      async roomsOf() {
        if (isSlow) await new Promise<void>((resolve) => answers.push(resolve));
        return [seat()];
      },
      seatedSince: async (account) => (account === accountId(2) ? null : 1),
    },
  });
  const stays = await gateway.greeted(1);
  const gone = await gateway.greeted(2);
  isSlow = true;
  gateway.send(gone.socket, { type: 'sync', ref: 'changes' });
  await gateway.settle();
  gateway.hub.deliver(envelope(3, { memberN: 2 }));
  await gateway.settle();
  for (const answer of answers) answer();
  await gateway.settle();
  gateway.hub.deliver(envelope(4, { memberN: 2 }));
  gateway.endTurn();
  assert.deepEqual([seqs(stays.wire), seqs(gone.wire)], [[3, 4], []]);
});

test('[HEL117] who was told to be in a room stays in it though the list of its rooms is older, until its members say otherwise', async () => {
  let since: number | null = 2;
  const gateway = new TestGateway({ handlers: { roomsOf: async () => [], seatedSince: async () => since } });
  const { wire, socket } = await gateway.greeted(1);
  const ask = async () => {
    gateway.send(socket, { type: 'sync', ref: 'changes' });
    await gateway.settle();
  };
  gateway.hub.deliver(envelope(2, { joined: [accountId(1)] }));
  await ask();
  gateway.hub.deliver(envelope(3));
  gateway.endTurn();
  assert.deepEqual(seqs(wire), [2, 3]);
  since = null;
  await ask();
  gateway.hub.deliver(envelope(4));
  gateway.endTurn();
  assert.deepEqual(seqs(wire), [2, 3]);
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

test('[CNV45] who is concerned by what is no record of its own is told its change counter at once', async () => {
  const gateway = new TestGateway({ handlers: { changeCounter: async (account) => `${account} now` } });
  const [first, second] = [await gateway.greeted(1), await gateway.greeted(2, 1)];
  const other = await gateway.greeted(3);
  gateway.hub.deliver({ type: 'changed', accounts: [accountId(1), accountId(7)] });
  await new Promise((resolve) => setImmediate(resolve));
  gateway.endTurn();
  const beats = [first, second, other].map(({ wire }) => wire.frames('heartbeat').map(({ change }) => change));
  assert.deepEqual(beats, [[`${accountId(1)} now`], [`${accountId(1)} now`], []]);
});
