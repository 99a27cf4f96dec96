import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import { seededRandom } from '../fixture.ts';
import type { Rest } from '../rest.ts';
import { encodeBytes } from './base64.ts';
import type { KeyMachine } from './key-machine.ts';
import { publicHalf } from './signing.ts';
import { sealIdentity, sealSecret, type VaultItem } from './vault.ts';
import { bytesOfSeed, type IdentitySeeds, parseRecovery, printRecovery, seedSigner } from './vault-items.ts';
import { VaultKeeper } from './vault-keeper.ts';

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const seed = (byte: number): string => encodeBytes(new Uint8Array(32).fill(byte));
const seedsFrom = (byte: number): IdentitySeeds => ({
  master: seed(byte),
  selfSigning: seed(byte + 1),
  userSigning: seed(byte + 2),
});

/** A server that keeps a vault, and tells whatever it likes. */
class VaultServer {
  items: readonly VaultItem[] = [];
  masterKey: string | null = null;

  readonly rest = (async (name: string, call?: { readonly body?: { readonly items: readonly VaultItem[] } }) => {
    if (name !== 'updateVault') return { items: this.items };
    const next = call?.body?.items ?? [];
    for (const { name: item, version } of next) {
      const standing = this.items.find((one) => one.name === item)?.version ?? 0;
      if (version !== standing + 1) throw new ChatError('keys.conflict');
    }
    this.items = [...this.items.filter((one) => !next.some((item) => item.name === one.name)), ...next];
    return {};
  }) as Rest;
}

/** A device of the account: its keeper, and the identity that its machine holds. */
function deviceOn(server: VaultServer, number: number, identity: IdentitySeeds | null) {
  const held = { identity };
  const kept = new Map<string, unknown>();
  const machine = {
    identities: async () => [{ account, fingerprint: server.masterKey, state: 'known' as const }],
    exportSecrets: async () => held.identity,
    importSecrets: async (given: IdentitySeeds) => {
      held.identity = given;
      return true;
    },
  } as unknown as KeyMachine;
  const keeper = new VaultKeeper({
    account,
    device: `d_${String.fromCharCode(64 + number)}AAAAAAAAAAAAAAAAAAAAA` as DeviceId,
    rest: server.rest,
    clock: { now: () => 1_764_000_000_000, after: () => () => {} },
    random: seededRandom(number),
    machine,
    secrets: {
      get: async (name) => kept.get(name),
      put: async (name, value) => void kept.set(name, structuredClone(value)),
    },
  });
  return { keeper, held };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof ChatError ? error.code : error),
  );

/** Of what the vault says nothing is needed here before. */
const nothing = async () => {};

test('[ENC83] a device that has nothing but the recovery key becomes one of the account', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(seed(10)));
  const words = first.keeper.key()?.words.join(' ') ?? '';
  const second = deviceOn(server, 2, null);
  await second.keeper.open();
  assert.equal(second.keeper.isOpen, false);
  assert.equal(await codeOf(second.keeper.recover('abandon', nothing)), 'recovery.invalid');
  await second.keeper.recover(words, nothing);
  assert.deepEqual(second.held.identity, seedsFrom(10));
  assert.deepEqual(second.keeper.epochs, first.keeper.epochs);
  assert.deepEqual(second.keeper.settingsKey, first.keeper.settingsKey);
  assert.equal(second.keeper.recovery, 'confirmed');
});

test('[ENC83] after a new recovery key the old one opens nothing', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(seed(10)));
  const old = first.keeper.key()?.words.join(' ') ?? '';
  const next = await first.keeper.renew('password');
  assert.equal(await codeOf(deviceOn(server, 2, null).keeper.recover(old, nothing)), 'recovery.wrong');
  const third = deviceOn(server, 3, null);
  await third.keeper.recover(next.groups, nothing);
  assert.deepEqual(third.keeper.epochs, first.keeper.epochs);
});

test('[ENC80] after a new identity the vault is signed by it, and holds nothing that the server put there', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  const [settings, epochs] = [first.keeper.settingsKey, first.keeper.epochs];
  const half = parseRecovery(server.items.find(({ name }) => name === 'recovery')?.value ?? '');
  assert.ok(half !== null);
  const foe = { account, random: seededRandom(9), sign: seedSigner(seed(90)) };
  const swap = await sealSecret(foe, half, 'settings', new Uint8Array(32).fill(1));
  server.items = server.items.map((item) => (item.name === 'settings' ? { ...item, value: swap } : item));
  first.held.identity = seedsFrom(30);
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(seed(30)));
  const next = await first.keeper.shutOut('password');
  const second = deviceOn(server, 2, null);
  await second.keeper.recover(next.groups, nothing);
  assert.deepEqual(second.held.identity, seedsFrom(30));
  assert.deepEqual(second.keeper.settingsKey, settings);
  assert.deepEqual(second.keeper.epochs.slice(0, -1), epochs);
});

test('[ENC163] a device to which nobody hands the new vault begins an epoch of its own, which the new recovery key opens', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(seed(10)));
  const second = deviceOn(server, 2, null);
  await second.keeper.recover(first.keeper.key()?.groups ?? '', nothing);
  const next = await first.keeper.renew('password');
  await second.keeper.open();
  assert.deepEqual([second.keeper.isCurrent, second.keeper.epoch], [false, null]);
  assert.equal(await second.keeper.beginEpoch(), true);
  assert.deepEqual([second.keeper.isCurrent, second.keeper.epochs.at(-1)?.epoch], [true, 2]);
  const third = deviceOn(server, 3, null);
  await third.keeper.recover(next.groups, nothing);
  assert.deepEqual(third.keeper.epochs, second.keeper.epochs);
  // The other one has to hear of it first.
  await first.keeper.open();
  assert.equal(first.keeper.epoch, null);
  const shared = second.keeper.share();
  assert.ok(shared !== null && (await first.keeper.adopt(shared)));
  assert.deepEqual(first.keeper.epochs, second.keeper.epochs);
  assert.deepEqual(first.keeper.key(), next);
});

test('[ENC163] no epoch is begun where the public half is not the account’s, or the vault is closed', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(seed(10)));
  assert.equal(await deviceOn(server, 2, seedsFrom(10)).keeper.beginEpoch(), false);
  const half = parseRecovery(server.items.find(({ name }) => name === 'recovery')?.value ?? '');
  assert.ok(half !== null);
  const recovery = await printRecovery(account, { ...half, version: 2 }, seedSigner(seed(90)));
  server.items = server.items.map((item) => (item.name === 'recovery' ? { ...item, value: recovery } : item));
  assert.equal(await first.keeper.beginEpoch(), false);
  assert.deepEqual(first.keeper.epochs.length, 1);
});

test('[ENC83] an identity that the server put into the vault is not taken', async () => {
  const server = new VaultServer();
  const first = deviceOn(server, 1, seedsFrom(10));
  await first.keeper.open();
  const words = first.keeper.key()?.words.join(' ') ?? '';
  const foe = seedsFrom(90);
  const half = parseRecovery(server.items.find(({ name }) => name === 'recovery')?.value ?? '');
  assert.ok(half !== null);
  const writer = { account, random: seededRandom(9), sign: seedSigner(foe.master) };
  const swap: Readonly<Record<string, string>> = {
    recovery: await printRecovery(account, half, writer.sign),
    identity: await sealIdentity(writer, half, foe, null),
  };
  server.items = server.items.map((item) => ({ ...item, value: swap[item.name] ?? item.value }));
  server.masterKey = await publicHalf('Ed25519', bytesOfSeed(foe.master));
  const second = deviceOn(server, 2, null);
  assert.equal(await codeOf(second.keeper.recover(words, nothing)), 'recovery.wrong');
  assert.deepEqual([second.held.identity, second.keeper.isOpen], [null, false]);
});
