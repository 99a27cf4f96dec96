// What an account keeps sealed, by name. Only the public half of the recovery key is read here, because it signs in.
// Promise: another recovery key needs the password, since it opens the account.
import type { RouteBody } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { VaultItem } from '../directory/keys.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';
import { type Signer, signerOf } from './signed.ts';

/** The public half of the recovery key stands in this one. */
export const recoveryItem = 'recovery';
const names = new Set([recoveryItem, 'identity', 'backup', 'dehydrated', 'settings']);

export function createVault({ accounts, directory }: KeysContext) {
  return {
    getVault: async (call) => ok({ items: [...(await directory.vault.all(callerOf(call).account))] }),
    updateVault: async (call) => {
      const { account } = callerOf(call);
      const { items, password } = call.body;
      if (!areGood(items)) return refuse('keys.invalid');
      if (items.some(({ name, version }) => name === recoveryItem && version > 1)) {
        const confirmed = await accounts.confirmPassword(account, password, call.signal);
        if (!confirmed.ok) return confirmed;
      }
      return (await directory.vault.put(account, items)) === 'conflict' ? refuse('keys.conflict') : ok({});
    },
  } satisfies Partial<Handlers>;
}

/** Who signs with the recovery key; null when the item holds no key. */
export function recoverySigner({ value }: Pick<VaultItem, 'value'>): Signer | null {
  const parsed = parse(value);
  const { ed25519 } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as { readonly ed25519?: unknown };
  return typeof ed25519 === 'string' ? signerOf(recoveryItem, ed25519) : null;
}

function areGood(items: RouteBody<'updateVault'>['items']): boolean {
  if (new Set(items.map(({ name }) => name)).size < items.length) return false;
  return items.every((item) => names.has(item.name) && (item.name !== recoveryItem || recoverySigner(item) !== null));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
