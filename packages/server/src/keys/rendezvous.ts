// The routes of a meeting of two devices. Nobody is signed in here: one of them is about to be.
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { Meetings } from './meetings.ts';
import type { KeysContext } from './parts.ts';

export function createRendezvous({ clock, ephemeral, random }: KeysContext) {
  const meetings = new Meetings(ephemeral, clock, random);
  return {
    createRendezvous: async ({ body }) => {
      const opened = await meetings.open(body.data);
      if (opened === null) return refuse('server.overloaded', { retry_after_ms: 10_000 });
      return ok({ rendezvous: opened.name, version: 1, expires_at: rfc3339(opened.endsAt) });
    },
    putRendezvous: async ({ params, body }) => {
      const said = await meetings.say(params.rendezvous, body);
      if (said === 'gone') return refuse('not_found');
      return said === 'conflict' ? refuse('keys.conflict') : ok({});
    },
    getRendezvous: async ({ params, query, signal }) => {
      const said = await meetings.hear(params.rendezvous, query.after ?? 0, signal);
      return said === null ? refuse('not_found') : ok(said);
    },
    deleteRendezvous: async ({ params }) => {
      await meetings.leave(params.rendezvous);
      return ok({});
    },
  } satisfies Partial<Handlers>;
}
