// A browser that needed room has thrown away all that a device kept, but not its session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pair, reads, say } from './town.ts';

test('[ENC365] a device whose keys are gone while its session is not publishes no others, and is signed out', async (t) => {
  const { town, ana, withBen, withAna } = await pair(t);
  await say(town, withBen, 'before');
  await reads(town, withAna, 'before');
  await town.done(ana.client.close());

  const again = await town.connectAs(ana.session, false);
  await town.until(() => again.client.state.snapshot.phase === 'ended', 'it is signed out');
  const phone = await town.signIn('ana');
  const sessions = await phone.ask({ method: 'GET', path: '/v1/me/devices' });
  assert.equal(
    (sessions.body as { readonly items: readonly unknown[] }).items.length,
    1,
    'nobody stays signed in there',
  );
});
