// Where a Node client has its keys: in a worker thread, over a file in the profile's folder. [ENC]
import type { KeyPlace } from '../crypto/encryption.ts';
import type { KeyMachine } from '../crypto/key-machine.ts';
import { closingWith, type MachineCallbacks, type MachineParts, machineCallbacks } from './keys-owner.ts';
import { openNodeKeys, wipeNodeKeys } from './node-keys.ts';

const entry = new URL('./node-keys-entry.ts', import.meta.url);

/** The keys of the profile in `folder`. */
export function nodeKeys(folder: string): KeyPlace {
  let close = async () => {};
  return {
    async open(parts, events) {
      const { account, device, isKept } = parts;
      const inside: MachineParts = { account, device, store: account };
      const callbacks = machineCallbacks(parts, events);
      const keys = await openNodeKeys<MachineCallbacks, KeyMachine>({
        folder,
        entry,
        isKept,
        parts: inside,
        callbacks,
      });
      keys.ended.addEventListener('abort', () => parts.onEnded());
      close = async () => {
        // It may have ended by itself.
        await keys.machine.close().catch(() => {});
        await keys.close();
      };
      return closingWith(keys.machine, close);
    },
    async wipe() {
      await close();
      await wipeNodeKeys(folder);
    },
  };
}
