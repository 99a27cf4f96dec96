// The connection of a leader for what names seqs. It must never let any out while a restored server's are compared.
import type { Link } from './link.ts';
import type { OutboxLink } from './outbox.ts';
import type { Sync } from './sync.ts';

/** It is not online meanwhile. */
export function settled(link: Link, sync: Sync): OutboxLink {
  return {
    get online() {
      return link.online && sync.takesPushes;
    },
    get bufferedBytes() {
      return link.bufferedBytes;
    },
    send: (frame) => sync.takesPushes && link.send(frame),
    restart: () => link.restart(),
  };
}
