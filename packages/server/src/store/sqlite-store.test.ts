import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from './sqlite-store.ts';
import { type OpenStore, storeContract } from './store.contract.ts';
import { storeModelContract } from './store-model.contract.ts';

async function open(folder = mkdtempSync(join(tmpdir(), 'parley-store-'))): Promise<OpenStore> {
  const store = await openSqliteStore(join(folder, 'store.db'), { onFatal: (error) => assert.fail(error) });
  return {
    store,
    async reopen() {
      await store[Symbol.asyncDispose]();
      return open(folder);
    },
    async close() {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

storeContract('sqlite store', open);
storeModelContract('sqlite store', open);
