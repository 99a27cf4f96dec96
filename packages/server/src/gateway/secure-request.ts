// May this request be served at all? Off this machine only over HTTPS: a browser gives a page of plain HTTP no
// cryptography, no safe cookie and no service worker, so serving it there would only seem to work.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { clientAddress } from './addresses.ts';

/** The settings that decide. */
export interface SecurePolicy {
  readonly insecure: boolean;
  readonly publicUrl: string | null;
  readonly trustedProxies: readonly string[] | null;
}

/** True when the connection is encrypted, comes from this machine, or comes from a proxy that speaks HTTPS for us. */
export function isSecureRequest(request: IncomingMessage, policy: SecurePolicy): boolean {
  if (policy.insecure || 'encrypted' in request.socket) return true;
  const peer = clientAddress([])(request.socket.remoteAddress, undefined);
  if (isLoopback(peer)) return true;
  return policy.publicUrl?.startsWith('https:') === true && isTrusted(peer, policy.trustedProxies ?? []);
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** A trusted peer's word about the client is believed, so another address comes out. */
function isTrusted(peer: string, proxies: readonly string[]): boolean {
  const other = peer === '192.0.2.1' ? '192.0.2.2' : '192.0.2.1';
  return clientAddress(proxies)(peer, other) === other;
}
