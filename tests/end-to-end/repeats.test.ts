// A client that lost an answer asks again after the server was killed and started again, and gets that answer.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshFolder, type RunningServer, startServer } from './server-process.ts';

const password = 'correct horse battery';

interface Session {
  readonly token: string;
  readonly me: { readonly account: string };
}

test('[API18] a sign-up and a link are answered alike by a server that was killed and started again', async () => {
  const folder = await freshFolder();
  const key = crypto.randomUUID();
  const signUp = { handle: 'ana', name: 'Ana', password, device_name: 'test' };
  const ask = async <T>(url: string, path: string, body: object, headers: Record<string, string> = {}): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as T;
  };
  const both = async (server: RunningServer) => {
    const { url } = server.summary;
    const session = await ask<Session>(url, '/v1/accounts', signUp);
    const invite = await ask<object>(url, '/v1/invites', {}, { authorization: `Bearer ${session.token}` });
    const refused = await ask<{ code: string }>(url, '/v1/accounts', { ...signUp, handle: 'ben' });
    assert.equal(refused.code, 'idempotency.mismatch');
    const me = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${session.token}` } });
    assert.equal(me.status, 200);
    await keptNowhere(folder, session.token);
    return { session, invite };
  };
  const before = await startServer(folder, { PARLEY_SIGNUP: 'open' });
  const first = await both(before);
  assert.match(first.session.token, /^parley_/);
  await before.kill();
  await using after = await startServer(folder, { PARLEY_SIGNUP: 'open' });
  assert.deepEqual(await both(after), first);
});

/** Nothing on disk has it. */
async function keptNowhere(folder: string, secret: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const bytes = await readFile(join(name.parentPath, name.name));
    assert.ok(!bytes.includes(secret), `${name.name} has it`);
  }
}
