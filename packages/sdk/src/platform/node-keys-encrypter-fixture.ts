// A process of the kill test: opens the keys of a folder and encrypts in three rooms at once until it is killed. What
// it says to its parent counts as sent.
import { openNodeKeys } from './node-keys.ts';
import type { TestMachine, TestServer } from './olm-fixture.ts';

const { machine } = await openNodeKeys<TestServer, TestMachine>({
  folder: process.argv[2] as string,
  entry: new URL('./node-keys-entry-fixture.ts', import.meta.url),
  isKept: true,
  parts: { store: 'ana' },
  // Its keys are known and its sessions are there: what it shares is taken, nothing else is asked for.
  callbacks: { call: async () => '{}' },
});

async function encryptFor(room: string): Promise<void> {
  for (let n = 0; ; n++) process.send?.(await machine.encrypt(room, `text ${n}`));
}

await Promise.all(['!a:parley', '!b:parley', '!c:parley'].map(encryptFor));
