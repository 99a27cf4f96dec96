// This device shows the server that it has the recovery key of its account, so that it may end older devices at once. [ACC]
import type { Rest } from '../rest.ts';
import { recoveryPairs, signChallenge } from './recovery-key.ts';

/** @throws {ChatError} `auth.refused`: it is another account's */
export async function proveRecovery(rest: Rest, key: Uint8Array): Promise<void> {
  const [{ signing }, { handle }] = await Promise.all([recoveryPairs(key), rest('getMe')]);
  const { challenge } = await rest('createChallenge', { body: { handle } });
  const signature = await signChallenge(signing, challenge);
  await rest('proveDevice', { body: { handle, challenge, signature } });
}
