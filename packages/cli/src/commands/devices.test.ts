import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk } from '../fixture.ts';

test('[CLI18] devices are listed, and one that is signed out is told', async (t) => {
  const device = { device: `d_${'B'.repeat(22)}`, name: 'Phone\u0007', created_at: '2026-11-25T00:00:00.000Z' };
  const desk = await Desk.open(t, []);
  desk.client.http.on('GET /v1/me/devices', { items: [{ ...device, current: false, online: true }], has_more: false });
  assert.equal(await desk.run('devices', 'list'), 0, desk.chatter.text);
  assert.equal(desk.output.text, `${device.device}  Phone\ufffd  online\n`);

  const copied = await Desk.open(t, []);
  const used = { ...device, old_token_used_at: '2026-11-26T09:00:00.000Z', current: true, online: true };
  copied.client.http.on('GET /v1/me/devices', { items: [used], has_more: false });
  assert.equal(await copied.run('devices', 'list'), 0);
  assert.match(copied.output.text, /\n {2}Somebody used an old sign-in of this device on 2026-11-26T09:00:00\.000Z\./);

  const revoking = await Desk.open(t, []);
  revoking.client.http.on(`DELETE /v1/me/devices/${device.device}`, null, 204);
  assert.equal(await revoking.run('devices', 'revoke', device.device), 0);
  assert.equal(revoking.chatter.text, 'Signed out.\n');
});
