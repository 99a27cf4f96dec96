// Bounds the connections of an HTTP server before anything was read from them: all of them, and those of one place. It
// must never count those of a trusted proxy as one place: they are everybody's.
import type { Server } from 'node:http';
import type { Socket as Network } from 'node:net';
import * as limits from '../kernel/limits.ts';
import { place, plainAddress } from './addresses.ts';

/** What connections are bounded by. */
export interface ConnectionBounds {
  /** Makes the bound of one place that many times as generous. */
  readonly factor: number;
  readonly isProxy: (address: string) => boolean;
  readonly maxConnections?: number;
}

/** Ends connections beyond the bounds as they come. Call it once for a server. */
export function boundConnections(server: Server, bounds: ConnectionBounds): void {
  const { factor, isProxy, maxConnections = limits.maxConnections } = bounds;
  const perPlace = limits.maxConnectionsPerAddress * factor;
  const counts = new Map<string, number>();
  let all = 0;
  server.on('connection', (network: Network) => {
    const address = plainAddress(network.remoteAddress ?? '');
    const name = place(address);
    const count = counts.get(name) ?? 0;
    if (all >= maxConnections || (count >= perPlace && !isProxy(address))) {
      network.destroy();
      return;
    }
    all++;
    counts.set(name, count + 1);
    network.once('close', () => {
      all--;
      const left = (counts.get(name) ?? 1) - 1;
      if (left > 0) counts.set(name, left);
      else counts.delete(name);
    });
  });
}
