import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '@parley/sdk';
import { describe, exitCodeFor, Interrupted, Locked, Refused, UsageError } from './exit-codes.ts';

test('[CLI3] what a command throws becomes its exit code', () => {
  const codes = [
    [new ChatError('handle.taken'), 1],
    [new Refused('conversation.denied', 'no chat'), 1],
    [new UsageError('say to whom'), 2],
    [new ChatError('client.unreachable'), 3],
    [new ChatError('client.timeout'), 3],
    [new Locked('encryption.needs_linking', 'no keys yet'), 4],
    [new ChatError('recovery.wrong'), 1],
    [new Interrupted('interrupted'), 130],
    [new Error('a disk is full'), 1],
  ] as const;
  for (const [error, code] of codes) assert.equal(exitCodeFor(error), code, error.message);
});

test('[CLI4] a refusal is told by its code first, with the time to wait where there is one', () => {
  assert.match(describe(new ChatError('handle.taken')), /^handle\.taken: /);
  assert.match(describe(new Refused('conversation.denied', 'no chat')), /^conversation\.denied: no chat$/);
  assert.match(describe(new ChatError('rate.limited', { retryAfterMs: 1_200 })), /^rate\.limited: .* Again in 2 s\.$/);
});
