import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';

test('[CLI18] [CLI1] a link is printed once, when it is made; the list has none', async (t) => {
  const invite = {
    invite_id: 'i_0000000000000000000001',
    created_at: '2026-11-25T00:00:00.000Z',
    uses: 0,
    max_uses: 2,
  };
  const desk = await Desk.open(t, []);
  desk.client.http.on('POST /v1/invites', { ...invite, secret: 'x'.repeat(43) }, 201);
  assert.equal(await desk.run('invite', 'create', '--uses', '2', '--days', '1'), 0, desk.chatter.text);
  assert.equal(desk.output.text, `http://localhost/i#${'x'.repeat(43)}\n`);
  assert.deepEqual(desk.client.http.asked.find(({ method }) => method === 'POST')?.body, {
    max_uses: 2,
    expires_in_ms: 86_400_000,
  });

  const listing = await Desk.open(t, []);
  listing.client.http.on('GET /v1/invites', { items: [invite], has_more: false });
  assert.equal(await listing.run('invite', 'list', '--json'), 0, listing.chatter.text);
  assert.deepEqual(listing.objects, [
    { id: invite.invite_id, link: null, uses_left: 2, approval: false, expires_at: null },
  ]);
});

test('[ENC381] a link that is made without keys says that it does not name them, to people and to programs', async (t) => {
  const made = { invite_id: 'i_0000000000000000000001', created_at: '2026-11-25T00:00:00.000Z', uses: 0, max_uses: 2 };
  for (const phase of ['needs_linking', 'ready'] as const) {
    const keys = new Keys({ phase });
    keys.answers.ownFingerprint = 'A'.repeat(43);
    const desk = await Desk.open(t, [], keys.provider);
    desk.client.http.on('POST /v1/invites', { ...made, secret: 'x'.repeat(43) }, 201);
    assert.equal(await desk.run('invite', 'create', '--json'), 0, desk.chatter.text);
    const [{ names_key } = { names_key: null }] = desk.objects;
    assert.equal(names_key, phase === 'ready');
    assert.equal(desk.chatter.text.includes('This link does not name your key'), phase !== 'ready', phase);
  }
});

test('[ENC368] [CLI18] a link waits for the keys of this device, and names who invites by them', async (t) => {
  const keys = new Keys({ phase: 'opening' });
  keys.answers.ownFingerprint = 'A'.repeat(43);
  const desk = await Desk.open(t, [], keys.provider);
  desk.client.http.on(
    'POST /v1/invites',
    { invite_id: 'i_0000000000000000000001', created_at: '2026-11-25T00:00:00.000Z', uses: 0, secret: 'x'.repeat(43) },
    201,
  );
  const { ended } = await desk.begin(['invite', 'create'], () => desk.opened.length > 0);
  await desk.waits(400);
  assert.equal(desk.output.text, '');
  keys.change({ phase: 'ready' });
  assert.equal(await ended, 0, desk.chatter.text);
  assert.match(desk.output.text, /^http:\/\/localhost\/i#x{43}~A{43}~a_[\w-]{22}\n$/);
});
