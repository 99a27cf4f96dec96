// Everything that a person meets of encryption, in one place for the screens: the recovery key, a device without keys,
// the people of one's chats, and one's own devices.
import type { Client } from '@parley/sdk';
import { type Comparing, createComparing } from './comparing.ts';
import type { Host } from './host.ts';
import { createIdentities, type Identities } from './identities.ts';
import { createKeysTrouble, type KeysTrouble } from './keys-trouble.ts';
import { createLinking, type Linking } from './linking.ts';
import { createNewDevices, type NewDevices } from './new-devices.ts';
import { createPairing, type Pairing } from './pairing.ts';
import { createRecoveryKey, type RecoveryKey } from './recovery-key.ts';

export interface Encryption {
  readonly recovery: RecoveryKey;
  readonly linking: Linking;
  readonly trouble: KeysTrouble;
  readonly comparing: Comparing;
  readonly pairing: Pairing;
  readonly identities: Identities;
  readonly newDevices: NewDevices;
  close(): void;
}

/** Of one client. */
export function createEncryption(client: Client, host: Host): Encryption {
  const parts = {
    recovery: createRecoveryKey(client, host),
    linking: createLinking(client, host),
    trouble: createKeysTrouble(client),
    comparing: createComparing(client),
    pairing: createPairing(client),
    identities: createIdentities(client),
    newDevices: createNewDevices(client, host),
  };
  return {
    ...parts,
    close: () => {
      for (const part of Object.values(parts)) part.close();
    },
  };
}
