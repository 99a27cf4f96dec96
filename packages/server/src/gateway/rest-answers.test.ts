import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, type RouteName, routes } from '@parley/protocol';
import type { LightMyRequestResponse as Answer } from 'fastify';
import type { Answers } from '../directory/answers.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import {
  idempotencyMs,
  keptAnswerMs,
  maxKeptAnswers,
  maxKeptAnswersPerCaller,
  maxLastingAnswerBytes,
  minLastingKeyCharacters,
} from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { hostRandom } from '../kernel/random.ts';
import { ok, refuse, Unavailable } from '../kernel/result.ts';
import { TestDevice, TestIdentity } from '../keys/fixture.ts';
import { accountId, conversationId, deviceId } from './fixture.ts';
import { testHttp } from './http-fixture.ts';
import { KeptAnswers } from './rest-answers.ts';
import { LastingAnswers, lastingRoutes } from './rest-lasting.ts';

const bearer = { authorization: 'Bearer 1' };
const own = { host: 'chat.example.org', origin: 'https://chat.example.org', 'sec-fetch-site': 'same-origin' };
const signIn = { handle: 'ana', password: 'a password', device_name: 'Test' };
const signUp = { ...signIn, name: 'Ana', secret: 's'.repeat(43) };
const named = { account: accountId(1), device: deviceId(1) };
const session = { session_id: 'S'.repeat(43) };
const sleeper = new TestDevice({ account: accountId(1) });
/** A body that the route takes, where it needs one. */
const bodies: Partial<Record<RouteName, object>> = {
  createOwner: signUp,
  createAccount: { ...signIn, name: 'Ana' },
  createGuest: { name: 'Ana' },
  createSession: signIn,
  confirmMe: { password: 'a password' },
  changePassword: { old_password: 'a password', new_password: 'another password' },
  deleteMe: { password: 'a password' },
  inspectInvite: { secret: signUp.secret },
  acceptInvite: { secret: signUp.secret },
  createConversation: { kind: 'group' },
  clearConversation: { seq: 1 },
  addMember: { account: accountId(2) },
  appendEntry: { entry: { entry: { n: 1, actor: accountId(1), action: 'leave' } } },
  findWays: { accounts: [accountId(2)] },
  inspectLink: { conversation_id: conversationId(1), key: 'k'.repeat(43) },
  createMessage: { content: 'Hello' },
  queryKeys: { accounts: [accountId(1)] },
  claimKeys: { devices: [named] },
  uploadIdentity: new TestIdentity(accountId(1)).body(),
  sendToDevice: { txn: '1', event_type: 'e', messages: [{ ...named, content: '{}' }] },
  acknowledgeToDevice: { n: 1 },
  reportUndecryptable: { items: [{ reason: 'no_key', count: 1 }] },
  updateVault: { items: [{ name: 'settings', value: 'x', version: 1 }] },
  uploadBackup: { items: [{ ...session, epoch: 1, conversation_id: conversationId(1), first_index: 0, value: 'x' }] },
  findBackup: { sessions: [session.session_id] },
  deleteBackup: { below: 2 },
  putDehydratedDevice: { device: sleeper.device, data: 'x', device_keys: sleeper.keys(), one_time_keys: [] },
  createRendezvous: { data: 'x' },
  createReport: {
    id: '0198f000-0000-7000-8000-000000000001',
    conversation_id: conversationId(1),
    account: accountId(2),
    messages: [],
  },
  createChallenge: { handle: 'ana' },
  createRecoverySession: { handle: 'ana', challenge: 'x', signature: 'A'.repeat(86), device_name: 'x' },
  proveDevice: { handle: 'ana', challenge: 'x', signature: 'A'.repeat(86) },
};
const read = (answer: Answer) => answer.json<Readonly<Record<string, unknown>>>();
const code = (answer: Answer) => read(answer).code;

/** What one process keeps, beside what outlives it. */
function keptIn(answers: Answers, clock = new ManualClock()): KeptAnswers {
  return new KeptAnswers(clock, hostRandom, new LastingAnswers(answers, clock, hostRandom));
}

function desk() {
  const clock = new ManualClock();
  const kept = keptIn(memoryDirectory().answers, clock);
  let done = 0;
  const ask = (key: string, body: unknown = {}, caller = 'ana') =>
    kept.once({ caller, key, body }, async () => ok(++done));
  return { clock, kept, ask, done: () => done };
}

test('[API18] the same again gets the first answer until an hour has passed', async () => {
  const { clock, ask } = desk();
  assert.deepEqual([await ask('k'), await ask('k')], [ok(1), ok(1)]);
  clock.advance(keptAnswerMs - 1);
  assert.deepEqual(await ask('k'), ok(1));
  clock.advance(1);
  assert.deepEqual(await ask('k'), ok(2));
  assert.deepEqual(await ask('k'), ok(2));
});

test('[API18] the key is of its caller and of its body', async () => {
  const { ask, done } = desk();
  assert.deepEqual(await ask('k', { name: 'one' }), ok(1));
  assert.deepEqual(await ask('k', { name: 'two' }), refuse('idempotency.mismatch'));
  assert.deepEqual(await ask('k', { name: 'two' }, 'ben'), ok(2));
  assert.deepEqual([await ask('k', { name: 'one' }), done()], [ok(1), 2]);
});

test('[API18] who asks while the first call is under way waits for its answer', async () => {
  const kept = keptIn(memoryDirectory().answers);
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok<string>>>();
  let begun = 0;
  const ask = () =>
    kept.once({ caller: 'ana', key: 'k', body: {} }, () => {
      begun++;
      return promise;
    });
  const answers = [ask(), ask(), ask()];
  resolve(ok('made'));
  assert.deepEqual(await Promise.all(answers), [ok('made'), ok('made'), ok('made')]);
  assert.equal(begun, 1);
});

test('[API18] what was refused or failed is not kept: whoever waited for it tries in turn', async () => {
  const kept = keptIn(memoryDirectory().answers);
  const outcomes = [
    async () => Promise.reject(new Unavailable('away')),
    async () => refuse('handle.taken'),
    async () => ok(1),
  ];
  let begun = 0;
  const ask = () =>
    kept.once({ caller: 'ana', key: 'k', body: {} }, async () => outcomes[begun++]?.() ?? refuse('internal'));
  const answers = await Promise.allSettled([ask(), ask(), ask(), ask()]);
  assert.deepEqual(
    answers.map((each) => (each.status === 'fulfilled' ? each.value : 'failed')),
    ['failed', refuse('handle.taken'), ok(1), ok(1)],
  );
  assert.deepEqual([begun, kept.size], [3, 1]);
});

test('[API18] a caller fills its own place only, all callers have one, and the oldest go first', async () => {
  const { clock, kept, ask } = desk();
  await ask('other', {}, 'ben');
  for (let n = 0; n <= maxKeptAnswersPerCaller; n++) await ask(`${n}`);
  assert.equal(kept.size, maxKeptAnswersPerCaller + 1);
  assert.deepEqual([await ask('1'), await ask('other', {}, 'ben')], [ok(3), ok(1)]);
  assert.deepEqual(await ask('0'), ok(maxKeptAnswersPerCaller + 3), 'the oldest of its caller');
  for (let n = 0; n < maxKeptAnswers; n++) await ask('k', {}, `many ${n}`);
  assert.equal(kept.size, maxKeptAnswers);
  const fresh = await ask('other', {}, 'ben');
  assert.notDeepEqual(fresh, ok(1), 'who has made no such call for longest');
  clock.advance(keptAnswerMs);
  await ask('k');
  await ask('k', {}, 'cem');
  assert.ok(kept.size < maxKeptAnswers, 'what is over is swept');
});

test('[API18] the same call under the same key is done once and answered alike, with its cookie; another body is not', async () => {
  let made = 0;
  const { app, calls } = await testHttp({
    serve: {
      createSession: async () => ok({ token: `parley_${++made}`, me: { account: accountId(1) } }),
      createInvite: async () => ok({ secret: `secret ${++made}` }),
    },
  });
  const post = (url: string, payload: object, headers: Record<string, string>) =>
    app.inject({ method: 'POST', url, payload, headers });
  const key = { 'idempotency-key': '0123456789abcdef' };
  const first = await post('/v1/sessions', { ...signIn, cookie: true }, { ...own, ...key });
  const again = await post('/v1/sessions', { ...signIn, cookie: true }, { ...own, ...key });
  assert.deepEqual([again.statusCode, again.body, made], [201, first.body, 1]);
  assert.match(String(first.headers['set-cookie']), /parley_1;/);
  assert.equal(again.headers['set-cookie'], first.headers['set-cookie']);
  const other = await post('/v1/sessions', { ...signIn, password: 'another' }, key);
  assert.deepEqual([other.statusCode, code(other)], [422, 'idempotency.mismatch']);
  assert.equal(code(await post('/v1/sessions', signIn, { 'idempotency-key': 'short' })), 'frame.invalid');
  const invites = [
    await post('/v1/invites', {}, { ...bearer, ...key }),
    await post('/v1/invites', {}, { ...bearer, ...key }),
    await post('/v1/invites', {}, { authorization: 'Bearer 2', ...key }),
  ];
  assert.deepEqual(
    invites.map((answer) => read(answer).secret),
    ['secret 2', 'secret 2', 'secret 3'],
    'the key of another account, and on another path, is another key',
  );
  assert.equal(calls.length, 3);
});

test('[API18] every POST of the table is done once under a key', async () => {
  const { app, calls, clock } = await testHttp();
  let posts = 0;
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    if (route.method !== 'POST') continue;
    clock.advance(60_000);
    posts++;
    const sent = {
      method: 'POST' as const,
      url: route.path
        .replace('{conversation_id}', conversationId(1))
        .replace('{account}', accountId(1))
        .replace('{report_id}', `r_${'0'.repeat(22)}`),
      payload: bodies[name] ?? {},
      headers: {
        authorization: route.auth === 'admin' ? 'Bearer admin' : 'Bearer 1',
        'idempotency-key': 'k'.repeat(16),
      },
    };
    const [first, again] = [await app.inject(sent), await app.inject(sent)];
    assert.deepEqual([first.statusCode, again.statusCode], [route.status, route.status], `${name}: ${first.body}`);
    assert.deepEqual([again.body, calls.length], [first.body, posts], name);
  }
  assert.ok(posts >= 18, `${posts} routes`);
});

test('[API18] where the same again would be something else its answer outlives the process, for a day', async () => {
  const { answers } = memoryDirectory();
  const clock = new ManualClock();
  let done = 0;
  const ask = (kept: KeptAnswers, more: object = {}) =>
    kept.once({ caller: 'ana', key: 'k', body: { name: 'one' }, lasting: 's'.repeat(16), ...more }, async () =>
      ok({ token: `secret ${++done}` }),
    );
  const first = await ask(keptIn(answers, clock));
  clock.advance(idempotencyMs - 1);
  assert.deepEqual(await ask(keptIn(answers, clock)), first);
  assert.deepEqual(await ask(keptIn(answers, clock), { body: { name: 'two' } }), refuse('idempotency.mismatch'));
  assert.deepEqual(await ask(keptIn(answers, clock)), first, 'a mismatch takes nothing away');
  assert.notDeepEqual(await ask(keptIn(answers, clock), { caller: 'ben' }), first);
  clock.advance(1);
  assert.deepEqual(await ask(keptIn(answers, clock)), ok({ token: 'secret 3' }));
});

test('[API18] what outlives the process is sealed under the key, and nothing is kept under one that is guessed', async () => {
  const { answers } = memoryDirectory();
  const rows: string[] = [];
  const watched: Answers = {
    get: (id, time) => answers.get(id, time),
    keep: (row, time, most) => {
      rows.push(JSON.stringify(row));
      return answers.keep(row, time, most);
    },
  };
  const secret = 'a key that nobody guesses';
  const call = { caller: 'ana', key: 'k', body: { password: 'a password' } };
  const work = async () => ok({ token: 'parley_secret' });
  await keptIn(watched).once({ ...call, lasting: secret }, work);
  assert.equal(rows.length, 1);
  assert.doesNotMatch(rows.join(), /parley_secret|password|nobody guesses/);
  await keptIn(watched).once({ ...call, lasting: 's'.repeat(minLastingKeyCharacters - 1) }, work);
  const large = async () => ok('x'.repeat(maxLastingAnswerBytes));
  await keptIn(watched).once({ ...call, key: 'l', lasting: secret }, large);
  assert.equal(rows.length, 1, 'neither under a short key nor what is too large');
});

test('[API18] what was done and could not be kept is answered from memory when it is asked again', async () => {
  const { answers } = memoryDirectory();
  let full = true;
  const kept = keptIn({
    get: (id, time) => answers.get(id, time),
    keep: async (row, time, most) => {
      if (full) throw new Unavailable('the disk is full');
      return answers.keep(row, time, most);
    },
  });
  let done = 0;
  const ask = () => kept.once({ caller: 'ana', key: 'k', body: {}, lasting: 's'.repeat(16) }, async () => ok(++done));
  await assert.rejects(ask, Unavailable);
  full = false;
  assert.deepEqual([await ask(), done], [ok(1), 1]);
});

test('[API18] a server that was started again answers the routes that make something as the one before', async () => {
  const { answers } = memoryDirectory();
  let made = 0;
  const serve = Object.fromEntries(
    [...lastingRoutes].map((name) => [
      name,
      async () => ok({ token: `parley_${++made}`, me: { account: accountId(1) } }),
    ]),
  );
  for (const name of lastingRoutes) {
    const route: Route = routes[name];
    assert.equal(route.method, 'POST', name);
    const ask = async () => {
      const { app } = await testHttp({ serve, answers });
      return app.inject({
        method: 'POST',
        url: route.path.replace('{conversation_id}', conversationId(1)).replace('{account}', accountId(1)),
        payload: bodies[name] ?? {},
        headers: {
          authorization: route.auth === 'admin' ? 'Bearer admin' : 'Bearer 1',
          'idempotency-key': 'k'.repeat(16),
        },
      });
    };
    const before = made;
    const [first, again] = [await ask(), await ask()];
    assert.deepEqual([again.statusCode, again.body], [first.statusCode, first.body], name);
    assert.deepEqual([first.statusCode, made], [route.status, before + 1], `${name}: ${first.body}`);
  }
});
