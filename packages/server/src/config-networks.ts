// How networks of trusted proxies are written: an address, or an address with the bits that count. Pure; it never asks
// whether such a network exists.
import { isIP } from 'node:net';

/** Is this an address, or a network such as `10.0.0.0/8`? */
export function isTrustedNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
