import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk } from '../fixture.ts';

test('[CLI18] devices are listed, and one that is signed out is told', async (t) => {
  const device = { device: `d_${'B'.repeat(22)}`, name: 'Phone\u0007', created_at: '2026-11-25T00:00:00.000Z' };
  const desk = await Desk.open(t, []);
  desk.client.http.on('GET /v1/me/devices', { items: [{ ...device, current: false, online: true }], has_more: false });
  assert.equal(await desk.run('devices', 'list'), 0, desk.chatter.text);
  assert.equal(desk.output.text, `${device.device}  Phone\ufffd  online\n`);

  const revoking = await Desk.open(t, []);
  revoking.client.http.on(`DELETE /v1/me/devices/${device.device}`, null, 204);
  assert.equal(await revoking.run('devices', 'revoke', device.device), 0);
  assert.equal(revoking.chatter.text, 'Signed out.\n');
});
