// Private settings that came before this device could open them, and what many keys at once hold up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftKey } from '@parley/protocol/settings';
import { accountLog, ana, chat, record, Stage, wire } from './client-fixture.ts';
import { messageId, settle } from './fixture.ts';
import { HandKeys, sealed } from './hand-keys-fixture.ts';
import { openedAtOnce } from './limits.ts';
import type { CryptoParts, CryptoProvider } from './ports.ts';

/** A vault that opens when the test says so. */
class Vault {
  isOpen = false;
  parts: CryptoParts | null = null;

  readonly crypto: Partial<CryptoProvider> = {
    start: (parts) => {
      this.parts = parts;
    },
    sealsSetting: (key) => key.startsWith('draft/'),
    openSetting: async (_key, value) => (this.isOpen ? value.replace('sealed ', '') : null),
  };
}

const draftOf = (stage: Stage) => stage.client.conversations.snapshot.find(({ id }) => id === chat)?.draft;

test('[ENC145] a draft that came before the vault was open is there once it is, also after a restart', async () => {
  const vault = new Vault();
  const stage = await Stage.open(undefined, 1, { crypto: vault.crypto });
  const account = { kind: 'account', peer: undefined as never } as const;
  await stage.up([wire(chat), wire(accountLog, account)]);
  const said = (seq: number, value: string) => {
    const setting = { kind: 'setting', key: draftKey(chat), value, sender: ana, content: undefined as never } as const;
    return record(accountLog, seq, { ...setting, id: messageId(70 + seq), ord: 0 });
  };
  await stage.push(said(1, 'sealed an older one'), said(2, 'sealed half a th'));
  assert.equal(draftOf(stage), '');
  await stage.close();

  const again = await Stage.open(stage, 2, { crypto: vault.crypto });
  assert.equal(draftOf(again), '');
  vault.isOpen = true;
  await vault.parts?.onReady();
  await settle();
  assert.equal(draftOf(again), 'half a th');
  await again.close();
});

test('[ENC331] what comes in does not wait for keys for which nothing waits', async () => {
  const keys = new HandKeys();
  const stage = await Stage.open(undefined, 1, { crypto: keys.provider });
  await stage.up([wire(chat)]);
  let [reads, readsWhenKept] = [0, Number.POSITIVE_INFINITY];
  const [list, write] = [stage.store.list.bind(stage.store), stage.store.write.bind(stage.store)];
  stage.store.list = (table, range) => {
    if (table === 'unopened') reads++;
    return list(table, range);
  };
  stage.store.write = (writes, options) => {
    if (writes.some(({ table }) => table === 'messages')) readsWhenKept = reads;
    return write(writes, options);
  };
  const many = openedAtOnce * 10;
  for (let at = 0; at < many; at++) keys.parts?.onKey(chat, `${at}`.padStart(43, 'S'));
  while (reads === 0) await Promise.resolve();
  await stage.push(record(chat, 1, sealed({ type: 'text', text: 'meanwhile' })));
  await settle();
  assert.ok(readsWhenKept <= 2 * openedAtOnce, `after ${readsWhenKept} reads`);
  assert.equal(reads, many);
  await stage.close();
});
