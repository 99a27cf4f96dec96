// What member lists ask of the keys: signatures of this account, and who others are as this device knows them. [MEM]
import type { AccountId } from '@parley/protocol';
import type { MembershipKeys } from '../ports.ts';
import type { KeyMachine } from './key-machine.ts';

/** Over the machine, once it is open. `ready` rejects while it cannot be. */
export function membershipKeys(ready: () => Promise<KeyMachine>, me: () => AccountId | null): MembershipKeys {
  return {
    async sign(text) {
      const machine = await ready();
      const signed = await machine.sign(text);
      // The first start may not have got through.
      const { device, master } =
        signed.master === null && (await machine.start()) === 'ready' ? await machine.sign(text) : signed;
      return master === null || device === '' ? null : { device, master };
    },
    async ownKey() {
      const account = me();
      if (account === null) return null;
      const machine = await ready();
      const look = async () => (await machine.identities([account]))[0]?.fingerprint ?? null;
      const key = await look();
      if (key !== null) return key;
      return (await machine.start()) === 'ready' ? look() : null;
    },
    async keysOf(accounts) {
      const views = await (await ready()).identities(accounts);
      return new Map(
        views.map(({ account, fingerprint, state }) => [account, state === 'left_out' ? '' : fingerprint]),
      );
    },
  };
}
