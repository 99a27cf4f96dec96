// The host without a disk.
import { MemoryDisk, MemoryStore } from './memory.ts';
import { storeContract } from './store.contract.ts';

storeContract('memory', async () => {
  const disk = new MemoryDisk();
  return { open: async () => new MemoryStore(disk), remove: async () => {} };
});
