// Signing in with the recovery key, for who has lost every device, with or without a password. Promise: it is counted
// and answered as a password is, for known and unknown handles alike; a challenge serves once.
import { verify } from 'node:crypto';
import type { AccountId } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import { parseHandle } from '../accounts/handles.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok } from '../kernel/result.ts';
import { Challenges } from './challenges.ts';
import type { KeysContext } from './parts.ts';
import { type Signer, signerOf } from './signed.ts';
import { recoveryItem, recoverySigner } from './vault.ts';
import { unpadded } from './weak-keys.ts';

/** What the challenge is signed together with, so that no other signature serves. */
const purpose = 'parley.recovery.v1\0';

/** A challenge, and for whom it was made. */
interface Signed {
  readonly handle: string;
  readonly challenge: string;
  readonly signature: string;
}

export function createRecovery({ accounts, clock, directory, ephemeral, random }: KeysContext) {
  const challenges = new Challenges(ephemeral, clock, random);
  return {
    createChallenge: async ({ body }) => ok({ challenge: await challenges.make(folded(body.handle)) }),
    createRecoverySession: async ({ address, body }) =>
      accounts.signInByProof({
        handle: body.handle,
        address,
        deviceName: body.device_name,
        proves: (account) => proves(account, body),
      }),
    proveDevice: async (call) => {
      const { account, device } = callerOf(call);
      return accounts.proveDevice({ account, device, proves: () => proves(account, call.body) });
    },
  } satisfies Partial<Handlers>;

  async function proves(account: AccountId | null, { handle, challenge, signature }: Signed): Promise<boolean> {
    const signer = await signerFor(account);
    const isFresh = await challenges.use(challenge, folded(handle));
    const text = Buffer.from(purpose + challenge);
    const right = verify(null, text, (signer ?? nobody).key, Buffer.from(signature, 'base64'));
    return right && isFresh && signer !== null;
  }

  /** Whoever has none is looked up all the same. */
  async function signerFor(account: AccountId | null): Promise<Signer | null> {
    const items = await directory.vault.all(account ?? noAccount);
    const item = items.find(({ name }) => name === recoveryItem);
    return item === undefined ? null : recoverySigner(item);
  }
}

function folded(handle: string): string {
  return parseHandle(handle) ?? handle.toLowerCase();
}

const noAccount = `a_${'A'.repeat(22)}` as AccountId;
/** Of a key that nobody has: the base point of the curve. */
const nobody = requireSigner(unpadded(Buffer.from(`58${'66'.repeat(31)}`, 'hex')));

function requireSigner(key: string): Signer {
  const signer = signerOf(recoveryItem, key);
  if (signer === null) throw new Error('not a key');
  return signer;
}
