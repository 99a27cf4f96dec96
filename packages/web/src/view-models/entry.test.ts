// The page before the chats.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError, type Entrance, type SessionView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { createEntry, type EntryParts, handleFrom } from './entry.ts';
import type { Host } from './host.ts';

const session = { me: {}, token: null, conversation: null } as unknown as SessionView;
const hostAt = (path: string, fragment: string) =>
  ({ place: () => ({ path, fragment }), deviceName: () => 'Test on Test' }) as unknown as Host;
const entryAt = (entrance: Entrance, path: string, parts: Partial<EntryParts> = {}) =>
  createEntry({ entrance, host: hostAt(path, 'secret-secret-secret'), member: null, done: () => {}, ...parts });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function entranceWith(calls: unknown[][], fields: Partial<Entrance> = {}): Entrance {
  const keep =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push([name, ...args]);
      return session;
    };
  return {
    server: async () => ({ signup: 'invite', setup_needed: false }) as never,
    inspectInvite: async () => ({ kind: 'account', inviter: { name: 'Ana' }, title: '', signup: true }) as never,
    setUp: keep('setUp'),
    signUp: keep('signUp'),
    signIn: keep('signIn'),
    guest: keep('guest'),
    ...fields,
  } as Entrance;
}

test('[WEB8] looking at an invitation uses nothing up; the button does', async () => {
  const calls: unknown[][] = [];
  const entry = entryAt(entranceWith(calls), '/i');
  await settled();
  assert.equal(entry.snapshot.invitation?.inviter.name, 'Ana');
  assert.deepEqual(calls, []);
  entry.write({ name: 'Ben Öz', password: 'long enough' });
  assert.equal(entry.snapshot.handle, 'ben.oz');
  await entry.submit();
  assert.equal(calls[0]?.[0], 'signUp');
  assert.equal((calls[0]?.[1] as { invite?: string } | undefined)?.invite, 'secret-secret-secret');
});

test('[WEB8] signing in on an invitation keeps the secret for afterwards', async () => {
  let unused: string | null = null;
  const entry = entryAt(entranceWith([]), '/i', {
    done: ({ invite }) => {
      unused = invite;
    },
  });
  await settled();
  entry.setMode('sign_in');
  await entry.submit();
  assert.equal(unused, 'secret-secret-secret');
});

test('[ENC334] what opens the chats is fetched while the recovery key is typed, and for nobody else', async () => {
  let prepared = 0;
  const entry = entryAt(entranceWith([], { prepare: () => void prepared++ }), '/');
  await settled();
  entry.setMode('sign_up');
  entry.setMode('sign_in');
  assert.equal(prepared, 0);
  entry.setMode('recovery');
  assert.equal(prepared, 1);
});

test('[WEB8] a refusal is shown at its field and nothing that was written is lost', async () => {
  const taken = async () => {
    throw new ChatError('handle.taken');
  };
  const entry = entryAt(entranceWith([], { setUp: taken }), '/setup', { done: () => assert.fail() });
  await settled();
  entry.write({ name: 'Ana', handle: 'ana', password: 'long enough' });
  await entry.submit();
  assert.equal(entry.snapshot.field, 'handle');
  assert.equal(entry.snapshot.busy, false);
  assert.equal(entry.snapshot.password, 'long enough');
});

test('[WEB126] what cannot be an account is said at its field, and the server is not asked', async () => {
  const calls: unknown[][] = [];
  const entry = entryAt(entranceWith(calls), '/setup');
  await settled();
  entry.write({ name: 'Ana' });
  for (const [wrong, field, code] of [
    [{ password: '1234567' }, 'password', 'password.weak'],
    [{ handle: 'al' }, 'handle', 'handle.invalid'],
    [{ handle: '@al' }, 'handle', 'handle.invalid'],
    [{ handle: 'a'.repeat(33) }, 'handle', 'handle.invalid'],
  ] as const) {
    entry.write({ handle: 'ana', password: '12345678', ...wrong });
    await entry.submit();
    assert.deepEqual([entry.snapshot.field, entry.snapshot.error], [field, words.error(code)]);
  }
  assert.equal(entry.snapshot.busy, false);
  assert.deepEqual(calls, []);
  entry.write({ handle: 'ana' });
  await entry.submit();
  assert.equal(calls.length, 1);
});

test('[WEB126] whoever signs in may have what no new account could have', async () => {
  const calls: unknown[][] = [];
  const entry = entryAt(entranceWith(calls), '/');
  await settled();
  entry.write({ handle: 'al', password: 'short' });
  await entry.submit();
  assert.equal(calls[0]?.[0], 'signIn');
});

test('[WEB126] the handle of a short name is long enough', () => {
  assert.equal(handleFrom('Li'), 'li1');
  assert.equal(handleFrom('Ö'), 'o11');
  assert.equal(handleFrom('李'), '');
});

test('[WEB8] a handle to begin with is made from the name', () => {
  assert.equal(handleFrom('Søren Kierkegaard'), 'soren.kierkegaard');
  assert.equal(handleFrom('1 Ana--María '), 'ana.maria');
});

test('[WEB8] whoever is signed in already accepts by the button, or leaves the link unused', async () => {
  const accepted: string[] = [];
  let dismissed = 0;
  const member = {
    name: 'Ana Lind',
    accept: async (secret: string) => void accepted.push(secret),
    dismiss: () => {
      dismissed += 1;
    },
  };
  const entry = entryAt(entranceWith([]), '/i', { member });
  await settled();
  assert.equal(entry.snapshot.mode, 'accept');
  assert.deepEqual(accepted, []);
  entry.dismiss();
  assert.equal(dismissed, 1);
  await entry.submit();
  assert.deepEqual(accepted, ['secret-secret-secret']);
});

test('[WEB8] a link that cannot be used any more leads to signing in, and is not tried again', async () => {
  const gone = async () => {
    throw new ChatError('invite.invalid');
  };
  const arrivals: (string | null)[] = [];
  const entry = entryAt(entranceWith([], { inspectInvite: gone }), '/i', {
    done: ({ invite }) => void arrivals.push(invite),
  });
  await settled();
  assert.equal(entry.snapshot.mode, 'sign_in');
  assert.notEqual(entry.snapshot.error, null);
  await entry.submit();
  assert.deepEqual(arrivals, [null]);
});

test('[WEB8] [WEB168] without the server there is only the way to ask it again', async () => {
  let reachable = false;
  const server = async () => {
    if (!reachable) throw new ChatError('client.unreachable');
    return { signup: 'invite', setup_needed: false } as never;
  };
  const entry = entryAt(entranceWith([], { server }), '/i');
  await settled();
  assert.equal(entry.snapshot.unreachable, true);
  assert.equal(entry.snapshot.error, 'The server cannot be reached. Try again.');
  reachable = true;
  entry.retry();
  await settled();
  assert.equal(entry.snapshot.unreachable, false);
  assert.equal(entry.snapshot.mode, 'invite');
});
