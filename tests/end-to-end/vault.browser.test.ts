// Recovery key, vault, backup and safety number in a real browser: its WebCrypto gives what Node's gives, and what was
// sealed in one opens in the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import type { Browser, JSHandle, Page } from 'playwright-core';
import * as backup from '../../packages/sdk/src/crypto/backup-blob.ts';
import * as base64 from '../../packages/sdk/src/crypto/base64.ts';
import * as primitives from '../../packages/sdk/src/crypto/primitives.ts';
import * as recovery from '../../packages/sdk/src/crypto/recovery-key.ts';
import * as settings from '../../packages/sdk/src/crypto/settings-seal.ts';
import * as pen from '../../packages/sdk/src/crypto/signing.ts';
import * as vault from '../../packages/sdk/src/crypto/vault.ts';
import * as items from '../../packages/sdk/src/crypto/vault-items.ts';
import * as opening from '../../packages/sdk/src/crypto/vault-open.ts';
import { launchBrowser } from './browser.ts';
import { startModuleServer } from './module-server.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let modules: Awaited<ReturnType<typeof startModuleServer>>;

before(async () => {
  browser = opened.use(await launchBrowser());
  modules = opened.use(await startModuleServer());
});
after(() => opened.disposeAsync());

async function newPage(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(modules.url);
  return page;
}

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const session = 'A'.repeat(43);
const conversation = 'c_AAAAAAAAAAAAAAAAAAAAAA' as ConversationId;
const place: backup.BackupPlace = { account, epoch: 3, conversation, session, firstIndex: 7 };
const origin = {
  session,
  account: 'a',
  device: 'd',
  ed25519: 'e',
  curve25519: 'c',
  master_key: 'm',
  vouched_by: 'v',
};
const counting = { bytes: (length: number) => Uint8Array.from({ length }, (_, index) => index) };

/** The modules of encryption, by the names of their files. */
const here = {
  primitives,
  signing: pen,
  'recovery-key': recovery,
  'backup-blob': backup,
  'settings-seal': settings,
  base64,
  vault,
  'vault-items': items,
  'vault-open': opening,
} as const;
type Parts = typeof here;

/** The same modules in a page. */
function partsIn(page: Page): Promise<JSHandle<Parts>> {
  return page.evaluateHandle(async (names) => {
    const load = async (name: string): Promise<unknown> => import(`/packages/sdk/src/crypto/${name}.ts`);
    const loaded = await Promise.all(names.map(async (name) => [name, await load(name)] as const));
    return Object.fromEntries(loaded) as unknown as Parts;
  }, Object.keys(here));
}

/** What is the same wherever it is computed. */
async function answers(
  parts: Parts,
  at: { readonly place: backup.BackupPlace; readonly origin: backup.Origin },
): Promise<readonly (string | boolean | null)[]> {
  const { primitives: host, signing: pen, 'recovery-key': keys, 'backup-blob': blobs, 'settings-seal': seals } = parts;
  const { encodeBytes } = parts.base64;
  const bytes = (from: number) => Uint8Array.from({ length: 32 }, (_, index) => from + index);
  const random = { bytes: (length: number) => bytes(0).subarray(0, length) };
  const { box, signing } = await keys.recoveryPairs(bytes(7));
  const publicKey = parts.base64.decodeBytes(await pen.publicHalf('X25519', bytes(1))) ?? new Uint8Array();
  const to = { secret: bytes(1), publicKey, info: bytes(3) };
  const sealed = await host.hpkeSeal(to, bytes(4), bytes(5));
  const opened = await host.hpkeOpen(to, sealed);
  const place = at.place;
  const blob = await blobs.sealBackup(bytes(9), place, { exported: 'key', origin: at.origin }, random);
  return [
    box.publicKey,
    signing.publicKey,
    encodeBytes(sealed.enc),
    encodeBytes(sealed.sealed),
    opened && encodeBytes(opened),
    await keys.signChallenge(signing, 'abc'),
    blob,
    await seals.sealSetting({ key: bytes(6), account: place.account, setting: 'x' }, 'ü', random),
    keys.recoveryWords(bytes(7)).join(' '),
    (await host.hpkeOpen(to, { ...sealed, enc: new Uint8Array(32) })) !== null,
    await pen.verifyBytes(bytes(1), bytes(2), new Uint8Array(64)),
    (await blobs.openBackup(bytes(8), place, blob)).ok,
  ];
}

test('[ENC82] a browser computes the same keys, boxes, blobs and signatures as Node, and refuses the same', async () => {
  const page = await newPage();
  const parts = await partsIn(page);
  const there = await parts.evaluate(answers, { place, origin });
  assert.deepEqual(there, await answers(here, { place, origin }));
  assert.deepEqual(there.slice(-3), [false, false, false]);
  await page.close();
});

test('[ENC82] a vault that was made in Node opens in a browser, and the other way round', async () => {
  const seed = (byte: number) => base64.encodeBytes(new Uint8Array(32).fill(byte));
  const identity = { master: seed(1), selfSigning: seed(2), userSigning: seed(3) };
  const given = { identity, device: 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId, now: 1 };
  const made = await vault.makeVault({ account, random: counting, sign: items.seedSigner(identity.master) }, given);
  const page = await newPage();
  const parts = await partsIn(page);
  const next = await parts.evaluate(
    async (there, { key, values, who }) => {
      const opened = await there['vault-open'].openVault(who, new Uint8Array(key), { values, masterKey: null });
      if (!opened.ok || !opened.attested) return null;
      const { contents, half } = opened;
      const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
      const writer = { account: who, random, sign: there['vault-items'].seedSigner(contents.identity.master) };
      const rotated = await there.vault.rotateVault(writer, contents, { half, now: 2 });
      return { key: [...rotated.recoveryKey], values: rotated.values };
    },
    { key: [...made.recoveryKey], values: made.values, who: account },
  );
  assert.ok(next !== null);
  const back = await opening.openVault(account, new Uint8Array(next.key), { values: next.values, masterKey: null });
  assert.ok(back.ok);
  assert.deepEqual(back.contents, made.contents);
  assert.deepEqual([back.half.version, back.attested, back.problems], [2, true, []]);
  await page.close();
});
