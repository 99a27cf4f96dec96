// A server that lies about one-time keys, for tests: bad ones, floods of them, and one that it hands out twice.
import type { AccountId, RouteResult } from '@parley/protocol';
import type { Man } from './man.ts';

export type Claimed = RouteResult<'claimKeys'>;
type ClaimedKey = Claimed['items'][number];

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
  let first: ClaimedKey | null = null;
  for (const man of men)
    man.alter(claim, ({ items }: Claimed) => ({
      items: items.map((item) => {
        if (item.account !== account) return item;
        first ??= item;
        return first;
      }),
    }));
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
