// Where a connection comes from: the network's peer, or what a trusted proxy says. For limits only; an address never
// decides what somebody may read. It must never believe a header of a peer that is not trusted.
import { BlockList, isIP } from 'node:net';
import * as limits from '../kernel/limits.ts';
import { Meter, type Rate, scaled } from './rate.ts';

/** Tells the client's address from the peer's address and `X-Forwarded-For`. */
export type ClientAddress = (peer: string | undefined, forwardedFor: string | undefined) => string;

/** `trusted` are addresses or networks (`10.0.0.0/8`) of proxies. */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const isTrusted = proxies(trusted);
  return (peer, forwardedFor) => {
    let address = plainAddress(peer ?? '');
    if (trusted.length === 0 || forwardedFor === undefined) return address;
    const hops = forwardedFor.split(',').slice(-limits.maxForwardedHops);
    while (isTrusted(address)) {
      const hop = plainAddress(hops.pop()?.trim() ?? '');
      if (isIP(hop) === 0) break;
      address = hop;
    }
    return address;
  };
}

/** Tells whether an address is one of these proxies. */
export function proxies(trusted: readonly string[]): (address: string) => boolean {
  const known = new BlockList();
  for (const each of trusted) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(bits), family);
  }
  return (address) => known.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** What is counted as one place: an IPv4 address, or the network of 64 bits of an IPv6 address. */
export function place(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/** An IPv4 address that is written as an IPv6 one, as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

interface Visitor {
  sockets: number;
  readonly connects: Meter;
}

/** Counts the sockets of every place. */
export class Doorkeeper {
  readonly #visitors = new Map<string, Visitor>();
  readonly #rate: Rate;
  readonly #maxSockets: number;
  readonly #maxPerPlace: number;
  #sockets = 0;

  /** `factor` makes the bounds of one place that many times as generous. */
  constructor(factor: number, maxSockets: number = limits.maxSockets) {
    const { connectsPerAddressBurst: burst, connectsPerAddressPerSecond: perSecond } = limits;
    this.#rate = scaled({ burst, perSecond }, factor);
    this.#maxPerPlace = limits.maxSocketsPerAddress * factor;
    this.#maxSockets = maxSockets;
  }

  get sockets(): number {
    return this.#sockets;
  }

  /** Lets a socket in, or says why not. One that was let in must `leave`. */
  enter(address: string, now: number): 'connection.too_many' | 'server.overloaded' | null {
    if (this.#sockets >= this.#maxSockets) return 'server.overloaded';
    const visitor = this.#visitor(place(address), now);
    if (visitor === null) return 'server.overloaded';
    if (visitor.sockets >= this.#maxPerPlace || visitor.connects.take(this.#rate, now) > 0)
      return 'connection.too_many';
    visitor.sockets++;
    this.#sockets++;
    return null;
  }

  leave(address: string): void {
    const visitor = this.#visitors.get(place(address));
    if (visitor === undefined) return;
    visitor.sockets--;
    this.#sockets--;
  }

  #visitor(name: string, now: number): Visitor | null {
    const known = this.#visitors.get(name);
    if (known !== undefined) return known;
    if (this.#visitors.size >= limits.maxTrackedAddresses) {
      for (const [each, visitor] of this.#visitors)
        if (visitor.sockets === 0 && visitor.connects.isIdle(now)) this.#visitors.delete(each);
      if (this.#visitors.size >= limits.maxTrackedAddresses) return null;
    }
    const fresh: Visitor = { sockets: 0, connects: new Meter() };
    this.#visitors.set(name, fresh);
    return fresh;
  }
}
