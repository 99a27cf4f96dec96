// A server that lies about one-time keys, for tests: bad ones, floods of them, one that it hands out twice, and
// the last ones, when it has given all others away.
import assert from 'node:assert/strict';
import type { AccountId, RouteResult } from '@parley/protocol';
import { enoughKeys } from '../../packages/sdk/src/crypto/olm/limits.ts';
import type { Man } from './man.ts';

type Claimed = RouteResult<'claimKeys'>;
export type ClaimedKey = Claimed['items'][number];

const claim = 'POST /v1/keys/claim';
/** So many keys that nobody asked for. */
const flood = 5_000;

/** Keys that open no session; null is none at all. */
export const badKeys = {
  'of zeros': 'A'.repeat(43),
  'of low order': '4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA',
  'that nobody signed': 'CSGlQ8zUWl1JgcX2Hk4JjB3bUFnMPyXyD5Ynm3xdtBE',
  'that is not there': null,
} as const;

/** How often something was claimed. */
export interface Claims {
  count: number;
}

/** From here on keys are what this says; undefined leaves the one that there is. Counts the keys that were claimed. */
export function spoilsKeys(man: Man, keyFor: (account: AccountId) => string | null | undefined): Claims {
  const claims = { count: 0 };
  man.alter(claim, ({ items }: Claimed) => {
    claims.count += items.length;
    return {
      items: items.flatMap((item) => {
        const key = keyFor(item.account);
        if (key === undefined) return [item];
        return key === null ? [] : [{ ...item, key: { ...item.key, key } }];
      }),
    };
  });
  return claims;
}

/** Notes the keys of others that this client is given. */
export function notesKeys(man: Man): readonly ClaimedKey[] {
  const noted: ClaimedKey[] = [];
  man.alter(claim, (answer: Claimed) => {
    noted.push(...answer.items);
    return answer;
  });
  return noted;
}

/** From here on keys of this one, and of devices that there are not, come before those that were asked for, and those twice. */
export function floodsKeys(man: Man, key: ClaimedKey): Claims {
  const claims = { count: 0 };
  man.alter(claim, ({ items }: Claimed) => {
    claims.count += 1;
    const strangers = Array.from({ length: flood }, (_, n) => ({
      ...key,
      device: n % 2 === 0 ? key.device : (`d_${String(n).padStart(21, 'x')}A` as typeof key.device),
    }));
    return { items: [...strangers, ...items, ...items] };
  });
  return claims;
}

/** Whoever of these asks for a key of this account gets the same one. */
export function handsOutOnce(men: readonly Man[], account: AccountId): void {
  // Each of its devices has its own, the dehydrated one as well.
  const first = new Map<string, ClaimedKey>();
  for (const man of men)
    man.alter(claim, ({ items }: Claimed) => ({
      items: items.map((item) => {
        if (item.account !== account) return item;
        const given = first.get(item.device) ?? item;
        first.set(item.device, given);
        return given;
      }),
    }));
}

/** More keys than a device ever has there. */
const most = 300;

/** Every key of whoever this client asks for was given away before, so it gets the last one, as everybody does. Notes what it gets. */
export function givesAway(man: Man): readonly ClaimedKey[] {
  const left: ClaimedKey[] = [];
  man.answers.set(claim, async (request, honest) => {
    const given = new Set<string>();
    for (let n = 0; n < most; n++) {
      const { status, body } = await honest(request);
      assert.equal(status, 200);
      const { items } = body as Claimed;
      const before = given.size;
      for (const { account, device, id } of items) given.add(`${account} ${device} ${id}`);
      if (given.size > before) continue;
      left.push(...items);
      return { status, body };
    }
    return assert.fail('there is a key of last resort');
  });
  return left;
}

/** This one is told that all of its keys are still there, so it makes no others. */
export function tellsOfEnough(man: Man): void {
  const enough = { one_time_keys: enoughKeys, fallback_unused: true };
  for (const route of ['GET /v1/keys/changes', 'POST /v1/keys/upload'])
    man.alter(route, (answer: object) => ({ ...answer, ...enough }));
}

/** What this client sends to devices, as it was called. */
export function notesSent(man: Man): readonly string[] {
  const sent: string[] = [];
  man.answers.set('POST /v1/to-device', (request, honest) => {
    sent.push(JSON.stringify(request.body));
    return honest(request);
  });
  return sent;
}
