import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isSecureRequest, type SecurePolicy } from './secure-request.ts';

const from = (remoteAddress: string, encrypted = false) =>
  ({ socket: encrypted ? { remoteAddress, encrypted } : { remoteAddress } }) as unknown as IncomingMessage;
const strict: SecurePolicy = { insecure: false, publicUrl: null, trustedProxies: null };
const proxied: SecurePolicy = { insecure: false, publicUrl: 'https://chat.example', trustedProxies: ['10.1.0.0/16'] };

test('[API14] this machine and encrypted connections are served, others over plain HTTP are not', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    assert.ok(isSecureRequest(from(address), strict), address);
  for (const address of ['10.1.2.3', '192.0.2.1', '::ffff:10.1.2.3', '2001:db8::1', ''])
    assert.ok(!isSecureRequest(from(address), strict), address);
  assert.ok(isSecureRequest(from('192.0.2.1', true), strict));
  assert.ok(isSecureRequest(from('192.0.2.1'), { ...strict, insecure: true }));
});

test('[API14] a trusted proxy speaks HTTPS for a server with a public address; nobody else does', () => {
  assert.ok(isSecureRequest(from('10.1.2.3'), proxied));
  assert.ok(!isSecureRequest(from('10.2.2.3'), proxied));
  assert.ok(!isSecureRequest(from('10.1.2.3'), { ...proxied, publicUrl: 'http://chat.example' }));
  assert.ok(isSecureRequest(from('192.0.2.1'), { ...proxied, trustedProxies: ['192.0.2.1'] }));
});
