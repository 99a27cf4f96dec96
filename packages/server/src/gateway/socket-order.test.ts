// The order of what one socket says in a conversation, whatever is refused on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, limits } from '@parley/protocol';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import { message, messageId, TestGateway } from './fixture.ts';

type Answer = Result<{ readonly id: string }, ErrorCode>;

test('[R4] [HEL13] a message that was being checked while an earlier one was refused waits for it too', async () => {
  const isRefused = Promise.withResolvers<never>();
  const isChecked = Promise.withResolvers<void>();
  const appended: string[] = [];
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered, isHeld): Promise<Answer> {
        if (frame.id === messageId(2)) await isChecked.promise;
        if (isHeld?.() === true) return refuse('message.out_of_order');
        appended.push(String(frame.id));
        ordered();
        return frame.id === messageId(1) && appended.length === 1 ? isRefused.promise : ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2, 3]) gateway.send(socket, message(n));
  gateway.send(socket, message(4, 2));
  await gateway.settle();
  isRefused.reject(new Unavailable('the log is away'));
  await gateway.settle();
  isChecked.resolve();
  await gateway.settle();
  const codes = wire.frames('error').map(({ id, code }) => [id, code]);
  assert.deepEqual(codes, [
    [messageId(1), 'unavailable'],
    [messageId(2), 'message.out_of_order'],
    [messageId(3), 'message.out_of_order'],
  ]);
  for (const n of [1, 2, 3]) gateway.send(socket, message(n));
  await gateway.settle();
  assert.deepEqual(appended, [1, 4, 1, 2, 3].map(messageId));
});

test('[HEL13] later messages of a conversation wait for the one that was refused and comes back', async () => {
  let failing = true;
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered): Promise<Answer> {
        if (failing && frame.id === messageId(1)) return refuse('members.stale');
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2]) gateway.send(socket, message(n));
  gateway.send(socket, message(3, 2));
  await gateway.settle();
  assert.deepEqual(
    wire.frames('error').map((frame) => [frame.id, frame.code]),
    [
      [messageId(1), 'members.stale'],
      [messageId(2), 'message.out_of_order'],
    ],
  );
  assert.deepEqual(
    wire.frames('sent').map((frame) => frame.id),
    [messageId(3)],
  );
  failing = false;
  for (const n of [2, 1, 2]) gateway.send(socket, message(n));
  await gateway.settle();
  assert.equal(wire.frames('error').length, 3);
  assert.deepEqual(
    wire.frames('sent').map((frame) => frame.id),
    [3, 1, 2].map(messageId),
  );
});

test('[HEL13] a message refused for good holds up nothing', async () => {
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered): Promise<Answer> {
        if (frame.id === messageId(1)) return refuse('message.too_large');
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2]) gateway.send(socket, message(n));
  await gateway.settle();
  assert.equal(wire.frames('sent').length, 1);
});

test('[HEL13] a message beyond the rate of frames holds up none that came before it and still waits', async () => {
  const checks: (() => void)[] = [];
  const appended: string[] = [];
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered, isHeld): Promise<Answer> {
        await new Promise<void>((resolve) => checks.push(resolve));
        if (isHeld?.() === true) return refuse('message.out_of_order');
        appended.push(String(frame.id));
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const check = async () => {
    for (let left = 4; left > 0; left--) {
      for (const go of checks.splice(0)) go();
      await gateway.settle();
    }
  };
  const { socket, wire } = await gateway.greeted(1);
  for (let n = 2; n < limits.framesBurst; n++) gateway.send(socket, { type: 'heartbeat' });
  for (const n of [1, 2, 3]) gateway.send(socket, message(n));
  await gateway.settle();
  gateway.clock.advance(1_000);
  gateway.send(socket, message(4));
  await check();
  assert.deepEqual(appended, [1, 2].map(messageId));
  const codes = wire.frames('error').map(({ id, code }) => [id, code]);
  assert.deepEqual(codes, [
    [messageId(3), 'rate.limited'],
    [messageId(4), 'message.out_of_order'],
  ]);
  for (const n of [3, 4]) gateway.send(socket, message(n));
  await check();
  assert.deepEqual(appended, [1, 2, 3, 4].map(messageId));
});
