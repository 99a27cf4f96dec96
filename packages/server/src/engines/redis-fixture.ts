// Nodes of a cluster for tests: sessions with a real Redis under keys of their own, and what it takes to wait for what
// real processes do.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { openRedis, type RedisSession, type RedisSessionParts } from './redis-session.ts';

/** Keys and channels that nobody else has. */
export const freshPrefix = (): string => `test-${randomBytes(6).toString('hex')}:`;

/** Longest wait for what real processes have to do. */
const lateMs = 30_000;

/** Resolves once `happened` holds. */
export async function until(happened: () => boolean | Promise<boolean>, what = 'it'): Promise<void> {
  const late = performance.now() + lateMs;
  while (!(await happened())) {
    assert.ok(performance.now() < late, `${what} should have happened by now`);
    await turn();
  }
}

/** Sessions that know of each other. */
export async function openNodes(parts: Omit<RedisSessionParts, 'isMember' | 'fault'>, count: number) {
  const faults: unknown[] = [];
  const fault = (error: unknown) => void faults.push(error);
  const nodes: RedisSession[] = [];
  for (let n = 0; n < count; n++) nodes.push(await openRedis({ ...parts, isMember: true, fault }));
  return { nodes, faults };
}
