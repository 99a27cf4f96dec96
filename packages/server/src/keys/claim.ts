// Keys to begin sessions with, each given out once. Promise: a stranger's device, one that is not there, one that has no
// key left and one that was asked too often are all left out alike, and of the last no key is lost.
import type { OneTimeKey, RouteResult } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import { MemoryLimiter } from '../accounts/limiter.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { maxCountedClaims } from '../kernel/limits.ts';
import { ok } from '../kernel/result.ts';
import { ClaimLimits } from './claim-limits.ts';
import type { KeysContext } from './parts.ts';

type Item = RouteResult<'claimKeys'>['items'][number];

export function createClaim(context: KeysContext) {
  const { acquaintances, clock, devices, directory, events, rateFactor } = context;
  const limits = new ClaimLimits(context.limiter ?? new MemoryLimiter(clock, maxCountedClaims), rateFactor);
  return {
    claimKeys: async (call) => {
      const caller = callerOf(call);
      const wanted = new Map(call.body.devices.map((named) => [named.device, named]));
      const accounts = [...new Set([...wanted.values()].map(({ account }) => account))];
      const known = await acquaintances.among(caller.account, accounts);
      const real = await devices.real([...wanted.values()].filter(({ account }) => known.has(account)));
      const allowed = [];
      const strangers = await acquaintances.asked(caller.account, [...known]);
      for (const named of real) {
        const stranger = strangers.has(named.account) ? named.account : null;
        if (await limits.take(caller, named.device, stranger)) allowed.push(named);
      }
      events.keysRefused(wanted.size - allowed.length);
      const rows = await directory.keys.claim(allowed.map(({ device }) => device));
      const items: Item[] = [];
      for (const [at, { account, device }] of allowed.entries()) {
        const row = rows[at];
        if (row === undefined || row === null) continue;
        const key = JSON.parse(row.json) as OneTimeKey;
        events.keyGiven(key.fallback === true ? 'fallback' : 'one_time');
        items.push({ account, device, id: row.id, key });
      }
      return ok({ items });
    },
  } satisfies Partial<Handlers>;
}
