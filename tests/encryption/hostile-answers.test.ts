// A hostile server against whole clients: frames and answers that make no sense, or that are too much. Nothing gets out into the app, nothing hangs, and with honest answers everything works again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonsense, nonsenseTexts } from './nonsense.ts';
import { pair, reads, say, type Town } from './town.ts';

/** Whatever was done before: it talks again. */
async function works(town: Town, { ana, ben, withBen, withAna }: Awaited<ReturnType<typeof pair>>): Promise<void> {
  ana.man.honest();
  ana.client.networkChanged(false);
  await town.pass(200);
  ana.client.networkChanged(true);
  ana.man.say({ type: 'keys', n: 1 });
  await town.until(() => ana.client.state.snapshot.phase === 'online', 'it is online');
  await town.done(ana.client.flushed());
  await say(town, withBen, 'are you there?');
  await reads(town, withAna, 'are you there?');
  await say(town, withAna, 'yes');
  await reads(town, withBen, 'yes');
  assert.equal(ben.client.state.snapshot.phase, 'online');
}

test('[ENC181] frames that make no sense end a connection at most: the client comes back and goes on', async (t) => {
  const met = await pair(t);
  const { town, ana } = met;
  for (const frame of nonsense(ana.account, ana.client.me.snapshot.device, met.withBen.id)) {
    ana.man.say(frame);
    await town.pass(100);
  }
  for (const text of nonsenseTexts) ana.man.sayText(text);
  await works(town, met);
});

test('[ENC181] ten thousand hints and parcels at once cost a bounded number of calls', async (t) => {
  const met = await pair(t);
  const { town, ana } = met;
  let calls = 0;
  ana.man.alter('GET /v1/keys/changes', (page) => {
    calls += 1;
    return page;
  });
  const item = {
    n: 1,
    sender: met.ben.account,
    device: met.ben.client.me.snapshot.device,
    event_type: 'x',
    content: '{}',
  };
  for (let n = 0; n < 10_000; n++) ana.man.say({ type: 'keys', n });
  for (let n = 0; n < 1_000; n++) ana.man.say({ type: 'to_device', items: [item], has_more: false });
  await town.pass(500);
  assert.ok(calls < 10, `${calls} calls`);
  await works(town, met);
});

test('[ENC181] lists that never end are left', async (t) => {
  const met = await pair(t);
  const { town, ana } = met;
  let calls = 0;
  for (const route of ['GET /v1/keys/changes', 'GET /v1/backup']) {
    const { body } = await ana.ask({
      method: 'GET',
      path: `${route.slice(4)}${route.endsWith('backup') ? '?limit=50' : ''}`,
    });
    ana.man.answers.set(route, () => {
      calls += 1;
      return { status: 200, body: { ...(body as object), has_more: true, next_cursor: 'again' } };
    });
  }
  ana.man.say({ type: 'keys', n: 5 });
  const words = await town.done(ana.client.encryption.recoveryKey());
  await town.done(ana.client.encryption.recover(words?.words.join(' ') ?? ''));
  assert.ok(calls < 20, `${calls} calls`);
  await works(town, met);
});

test('[ENC213] a server that says again and again that no keys are left gets a bounded number of them', async (t) => {
  const met = await pair(t);
  const { town, ana } = met;
  const uploads: object[] = [];
  ana.man.alter('GET /v1/keys/changes', (page: object) => ({ ...page, one_time_keys: 0 }));
  ana.man.answers.set('POST /v1/keys/upload', async (request, honest) => {
    uploads.push(request.body ?? {});
    return honest(request);
  });
  for (let n = 1; n < 100; n++) {
    ana.man.say({ type: 'keys', n });
    await town.pass(60);
  }
  // The server takes no more than a hundred, and says so.
  const withKeys = uploads.filter((body) => 'one_time_keys' in body);
  assert.ok(withKeys.length > 1 && withKeys.length <= 6, `${withKeys.length} uploads`);
  await works(town, met);
});

test('[ENC213] a number that is none, where the list of changes ends, is not believed', async (t) => {
  const met = await pair(t);
  const { town, ana } = met;
  for (const n of ['many', -1, 0.5, 2 ** 53, null]) {
    ana.man.alter('GET /v1/keys/changes', (page: object) => ({ ...page, n }));
    ana.man.say({ type: 'keys', n: 9 });
    await town.pass(200);
  }
  await works(town, met);
});
