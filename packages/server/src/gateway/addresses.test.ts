import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectsPerAddressBurst, maxSocketsPerAddress } from '../kernel/limits.ts';
import { clientAddress, Doorkeeper, place } from './addresses.ts';

test('[HEL26] a forwarded address is believed only as far as the chain of trusted proxies goes', () => {
  const direct = clientAddress([]);
  assert.equal(direct('192.0.2.1', '198.51.100.7'), '192.0.2.1');
  const behind = clientAddress(['10.0.0.0/8', '::1']);
  assert.equal(behind('192.0.2.1', '198.51.100.7'), '192.0.2.1');
  assert.equal(behind('10.1.2.3', '198.51.100.7'), '198.51.100.7');
  assert.equal(behind('::1', '203.0.113.5, 198.51.100.7, 10.9.9.9'), '198.51.100.7');
  assert.equal(behind('::ffff:10.1.2.3', 'nonsense'), '10.1.2.3');
  assert.equal(behind('10.1.2.3', undefined), '10.1.2.3');
  assert.equal(behind(undefined, '198.51.100.7'), '');
});

test('[HEL26] an IPv6 network of 64 bits is one place', () => {
  assert.equal(place('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(place('2001:db8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(place('2001:0db8::1'), '2001:db8:0:0::/64');
  assert.equal(place('::1'), '0:0:0:0::/64');
  assert.equal(place('192.0.2.1'), '192.0.2.1');
});

test('[HEL26] one place has so many sockets at most, and so many connects at once', () => {
  const door = new Doorkeeper(1);
  let now = 0;
  for (let n = 0; n < connectsPerAddressBurst; n++) assert.equal(door.enter('192.0.2.1', now), null);
  assert.equal(door.enter('192.0.2.1', now), 'connection.too_many');
  assert.equal(door.enter('192.0.2.2', now), null);
  for (let n = connectsPerAddressBurst; n < maxSocketsPerAddress; n++) {
    now += 1_000;
    assert.equal(door.enter('192.0.2.1', now), null);
  }
  now += 60_000;
  assert.equal(door.enter('192.0.2.1', now), 'connection.too_many');
  door.leave('192.0.2.1');
  assert.equal(door.enter('192.0.2.1', now), null);
});

test('[HEL26] all sockets together are bounded', () => {
  const door = new Doorkeeper(1, 2);
  assert.equal(door.enter('192.0.2.1', 0), null);
  assert.equal(door.enter('192.0.2.2', 0), null);
  assert.equal(door.enter('192.0.2.3', 0), 'server.overloaded');
  door.leave('192.0.2.2');
  assert.equal(door.sockets, 1);
  assert.equal(door.enter('192.0.2.3', 0), null);
});
