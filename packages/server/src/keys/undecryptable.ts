// Devices say how many messages they could not open, by reason: the server cannot see it, and its operator should. The
// numbers are summed and nothing else is kept; what a device claims is believed within bounds.
import type { Handlers } from '../kernel/handlers.ts';
import { ok } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';

/** The route of it. */
export function createUndecryptable({ events }: KeysContext) {
  return {
    reportUndecryptable: async ({ body }) => {
      for (const { reason, count } of body.items) events.undecryptable(reason, count);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}
