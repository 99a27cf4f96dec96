// HAProxy and nginx with our settings before gateways that are not ready, busy, or dead, and before several.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type BalancerName, loadOf, missingBalancer } from '../../scripts/cluster/balancer.ts';
import { begun, type Gateway, type Kind, mostMs, until, upgraded } from './balancer-fixture.ts';

/** As `/proc/net/tcp` names them. */
const established = '01';
const keepAliveTimer = '02:';
const kinds: readonly Kind[] = ['deploy', 'drills'];
const concurrency = true;

async function echoes(socket: Socket, word: string): Promise<void> {
  assert.ok(!socket.readableEnded, 'the socket was ended');
  socket.write(word);
  assert.equal(String((await once(socket, 'data', { signal: AbortSignal.timeout(mostMs) }))[0]), word);
}

/** Does the kernel ask whether the host at the other end of a quiet connection to this port is there? Of Linux. */
function areAskedFor(port: number): boolean {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const all = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , to, state]) => to?.endsWith(remote) && state === established);
  return all.length > 0 && all.every(([, , , , , timer]) => timer?.startsWith(keepAliveTimer));
}

async function keepsItsSockets(t: TestContext, kind: Kind): Promise<void> {
  const { gateways, port } = await begun(t, 'haproxy', kind, 1);
  const gateway = gateways[0] as Gateway;
  const { socket } = await upgraded(port);
  t.after(() => socket.destroy());
  for (const health of ['not ready', 'silent'] as const) {
    gateway.health = health;
    await until(port, 503);
    await echoes(socket, health);
    gateway.health = 'ready';
    await until(port, 200);
    await echoes(socket, 'ready');
  }
  if (process.platform === 'linux') assert.ok(areAskedFor(gateway.port), 'a silent host would not be noticed');
  const ended = once(socket, 'close');
  socket.resume();
  gateway.die();
  await ended;
}

test('[CLU26] a gateway that is not ready or silent gets nobody new and keeps its sockets', {
  concurrency,
}, async (t) => {
  const missing = await missingBalancer('haproxy');
  if (missing !== null) return t.skip(`not run: ${missing}`);
  await Promise.all(kinds.map((kind) => t.test(kind, (own) => keepsItsSockets(own, kind))));
});

/** Sockets of one address, open at the same time. */
const crowd = 40;

async function spreads(t: TestContext, name: BalancerName, kind: Kind): Promise<void> {
  const { gateways, port, folder } = await begun(t, name, kind, 2);
  for (let n = 0; n < crowd; n++) {
    const { socket } = await upgraded(port);
    t.after(() => socket.destroy());
  }
  const each = gateways.map(({ upgrades }) => upgrades);
  for (const count of each) assert.ok(Math.abs(count - crowd / 2) <= 2, `they are at ${each.join(' and ')}`);
  if (name === 'haproxy' && kind === 'drills') assert.deepEqual(await loadOf(folder), each);
}

test('[CLU28] sockets of one address are spread evenly over all gateways', { concurrency }, async (t) => {
  for (const name of ['haproxy', 'nginx'] as const) {
    const missing = await missingBalancer(name);
    if (missing !== null) return t.skip(`not run: ${missing}`);
  }
  const all = kinds.flatMap((kind) => (['haproxy', 'nginx'] as const).map((name) => ({ name, kind })));
  await Promise.all(all.map(({ name, kind }) => t.test(`${name} ${kind}`, (own) => spreads(own, name, kind))));
});

/** A date of long ago, as HAProxy writes it. */
const longAgo = 'AAAAB';

async function remembers(t: TestContext, kind: Kind): Promise<void> {
  const { gateways, port } = await begun(t, 'haproxy', kind, 2);
  const given = async (cookie?: string) => {
    const before = gateways.map(({ upgrades }) => upgrades);
    const answer = await upgraded(port, cookie);
    t.after(() => answer.socket.destroy());
    return { at: gateways.findIndex(({ upgrades }, n) => upgrades > (before[n] ?? 0)), cookie: answer.cookie };
  };
  const { at, cookie = '' } = await given();
  for (let n = 0; n < 4; n++) assert.equal((await given(cookie)).at, at);
  const old = cookie.replace(/\|[^|]+/g, `|${longAgo}`);
  assert.notEqual(old, cookie, 'the cookie has no date');
  for (let n = 0; n < 4; n++) assert.notEqual((await given(old)).at, at, 'all who went here once would stay');
}

test('[CLU29] a browser is led to the gateway that it had, but only for a while', { concurrency }, async (t) => {
  const missing = await missingBalancer('haproxy');
  if (missing !== null) return t.skip(`not run: ${missing}`);
  await Promise.all(kinds.map((kind) => t.test(kind, (own) => remembers(own, kind))));
});
