// Two thousand quiet sockets over both gateways, behind a balancer, one of which is killed. Meanwhile something is written
// for each of their accounts. Every socket comes back after a time of chance, asks what it missed, and must have it soon:
// what was acknowledged when it came back with the answer, and what is acknowledged later without asking.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { idFromBytes } from '@parley/protocol';
import { mintToken, secretHash } from '../../packages/server/src/accounts/tokens.ts';
import { openCassandraDirectory } from '../../packages/server/src/directory/cassandra-directory.ts';
import type { Directory, Login } from '../../packages/server/src/directory/directory.ts';
import { openCassandra } from '../../packages/server/src/engines/cassandra.ts';
import { hostRandom } from '../../packages/server/src/kernel/random.ts';
import { loadOf, startBalancer } from '../../scripts/cluster/balancer.ts';
import { type Person, signUp } from '../end-to-end/people.ts';
import { call } from '../end-to-end/rest.ts';
import { shaped } from '../end-to-end/shape.ts';
import type { Load } from './load.ts';
import { OneSocket } from './one-socket.ts';
import type { Town } from './town.ts';

const accounts = 250;
const devices = 8;
const atOnce = 25;
/** A sign-up is dear: many at once are refused on a slow machine. */
const signUpsAtOnce = 12;
const connectsAtOnce = 100;
const balancerPort = 25_420;
/** How soon everybody is back and has everything that was acknowledged. */
const mostMs = 10_000;
/** What is acknowledged after that is there so soon. */
const mostPushMs = 2_000;
/** So much of the crowd is at the gateway that dies, and so many of these missed something, or nothing is shown. */
const leastShare = 0.4;
const leastMissed = 0.2;
const patienceMs = 60_000;
const lookMs = 50;

export async function crowd(town: Town, load: Load): Promise<string> {
  const hosts = town.gateways.map((url) => new URL(url).host);
  const balancer = await startBalancer('haproxy', town.folder, balancerPort, hosts);
  const url = `http://127.0.0.1:${balancerPort}`;
  const sockets: OneSocket[] = [];
  try {
    const people = await withDirectory(town, (directory) =>
      inTurns(accounts, (n) => memberOf(url, directory, `crowd${letters(n)}`), signUpsAtOnce),
    );
    for (const { tokens, chat } of people) for (const token of tokens) sockets.push(new OneSocket(url, token, chat));
    await inTurns(sockets.length, (n) => sockets[n]?.begin() ?? Promise.resolve(), connectsAtOnce);
    await load.everybody();

    const [dying = 0] = await loadOf(town.folder);
    const few = `only ${dying} of ${sockets.length} sockets were at the gateway that was to die: nothing was shown`;
    assert.ok(dying >= leastShare * sockets.length, few);
    const closesBefore = sockets.map(({ closes }) => closes);
    const killedAt = Date.now();
    await town.kill('gateway-1');
    const other = town.gateways[1] as string;
    const acked = await inTurns(accounts, (n) => write(other, people[n] as Member));
    while (!sockets.every(({ isCaughtUp }) => isCaughtUp) && Date.now() - killedAt < patienceMs) await wait(lookMs);
    const back = sockets.map((socket, n) => ({
      isBack: socket.closes > (closesBefore[n] ?? 0),
      answeredMs: (socket.answeredAt ?? Number.POSITIVE_INFINITY) - killedAt,
      heardMs: (socket.heardAt ?? Number.POSITIVE_INFINITY) - killedAt,
      ackedMs: (acked[Math.floor(n / devices)] as number) - killedAt,
    }));
    await town.start('gateway-1');
    await load.everybody();
    const { words, late, missed } = told(back);
    const all = `${sockets.length} sockets, ${dying} of them at the dead gateway: ${words}`;
    assert.ok(missed >= leastMissed * dying, `too few had missed anything; ${all}`);
    assert.ok(late === 0, `${late} had something too late; ${all}`);
    return all;
  } finally {
    for (const socket of sockets) socket.end();
    await balancer.end();
  }
}

/** How one socket fared, in milliseconds since the kill. */
interface Fare {
  /** It was closed. */
  readonly isBack: boolean;
  readonly answeredMs: number;
  readonly heardMs: number;
  /** When what was written for it was acknowledged. */
  readonly ackedMs: number;
}

function told(all: readonly Fare[]): { readonly words: string; readonly late: number; readonly missed: number } {
  const back = all.filter(({ isBack }) => isBack);
  const answered = back.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b);
  const missed = back.filter(({ answeredMs, ackedMs }) => ackedMs < answeredMs).length;
  const most = (of: (fare: Fare) => number) => Math.max(...all.map(of));
  const pushMs = most(
    ({ isBack, answeredMs, heardMs, ackedMs }) => heardMs - Math.max(ackedMs, isBack ? answeredMs : 0),
  );
  const words = [
    `${back.length} came back and were told what they had missed after ${answered.at(-1)} ms`,
    `half of them after ${answered[answered.length >> 1]} ms`,
    `${missed} had missed something`,
    `what was written meanwhile was acknowledged after ${most(({ ackedMs }) => ackedMs)} ms`,
    `the rest of it pushed within ${pushMs} ms`,
    `everybody had everything after ${most(({ heardMs }) => heardMs)} ms`,
  ];
  return { words: words.join(', '), late: all.filter(isLate).length, missed };
}

/** It was not back in time, or did not have in time what was acknowledged. */
function isLate({ isBack, answeredMs, heardMs, ackedMs }: Fare): boolean {
  return (isBack && answeredMs > mostMs) || heardMs > Math.max(mostMs, ackedMs + mostPushMs);
}

/** Somebody of the crowd: with a chat of their own, and the tokens of all their devices. */
interface Member {
  readonly person: Person;
  readonly chat: string;
  readonly tokens: readonly string[];
}

async function memberOf(url: string, directory: Directory, handle: string): Promise<Member> {
  const person = await signUp(url, handle);
  return { person, chat: await notesOf(url, person), tokens: await devicesOf(directory, person) };
}

async function notesOf(url: string, { token, account }: Person): Promise<string> {
  const body = { kind: 'direct', account };
  return (await call<{ conversation_id: string }>(url, 'POST', '/v1/conversations', { token, body })).conversation_id;
}

/** Resolves to when it was acknowledged. */
async function write(url: string, { person: { token }, chat }: Member): Promise<number> {
  await call(url, 'POST', `/v1/conversations/${chat}/messages`, { token, body: shaped('note') });
  return Date.now();
}

async function withDirectory<T>(town: Town, work: (directory: Directory) => Promise<T>): Promise<T> {
  const { contactPoints, port, dataCenter } = town.engines.cassandra;
  await using session = await openCassandra({ contactPoints, port, dataCenter, keyspace: 'parley' });
  await using directory = await openCassandraDirectory(session);
  return await work(directory);
}

/** The token that it has, and more of devices that are added without a password: hashing it would take minutes. */
async function devicesOf(directory: Directory, { account, token }: Person): Promise<readonly string[]> {
  const tokens = [token];
  while (tokens.length < devices) {
    const fresh = mintToken(hostRandom);
    const device = idFromBytes('d', hostRandom.bytes(16)) as Login['device']['device'];
    const row = { device, account, name: 'crowd', createdAt: Date.now() };
    const login = {
      device: { ...row, lastSeenAt: null, oldTokenUsedAt: null, provedAt: null },
      tokenHash: secretHash(fresh),
    };
    assert.equal(await directory.devices.add(login, devices), 'done');
    tokens.push(fresh);
  }
  return tokens;
}

/** So many at a time, the next as soon as one is done. */
async function inTurns<T>(count: number, work: (n: number) => Promise<T>, most = atOnce): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) results[n] = await work(n);
  };
  await Promise.all(Array.from({ length: most }, worker));
  return results;
}

/** Handles that look alike are one. */
function letters(n: number): string {
  return String(n)
    .padStart(4, '0')
    .replaceAll(/\d/g, (digit) => 'abcdefghjk'.charAt(Number(digit)));
}
