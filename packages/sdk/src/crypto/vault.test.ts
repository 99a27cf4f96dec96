import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { seededRandom } from '../fixture.ts';
import { encodeBytes } from './base64.ts';
import { newRecoveryKey } from './recovery-key.ts';
import { publicHalf } from './signing.ts';
import {
  addEpoch,
  checkRecovery,
  makeVault,
  nextItems,
  rotateVault,
  sealIdentity,
  sealSecret,
  type VaultWriter,
} from './vault.ts';
import {
  bytesOfSeed,
  type IdentitySeeds,
  masterVerifier,
  maxEpochs,
  printRecovery,
  seedSigner,
  type VaultName,
  type VaultValues,
  vaultNames,
} from './vault-items.ts';
import { openVault } from './vault-open.ts';

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const stranger = 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const device = 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
const other = 'd_BAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
const now = 1_764_000_000_000;
const seed = (byte: number): string => encodeBytes(new Uint8Array(32).fill(byte));
const seedsFrom = (byte: number): IdentitySeeds => ({
  master: seed(byte),
  selfSigning: seed(byte + 1),
  userSigning: seed(byte + 2),
});
const masterOf = (seeds: IdentitySeeds) => publicHalf('Ed25519', bytesOfSeed(seeds.master));

/** An account with a vault, and what its devices know. */
async function stage(number = 1) {
  const identity = seedsFrom(10);
  const writer: VaultWriter = { account, random: seededRandom(number), sign: seedSigner(identity.master) };
  const masterKey = await masterOf(identity);
  const vault = await makeVault(writer, { identity, device, now });
  const open = (values: VaultValues = vault.values, key = vault.recoveryKey) =>
    openVault(account, key, { values, masterKey: null });
  return { identity, writer, masterKey, verify: masterVerifier(masterKey), vault, open };
}

/** Somebody who may write to the server, and has an identity and a recovery key of their own. */
async function attacker() {
  const identity = seedsFrom(90);
  const writer: VaultWriter = { account, random: seededRandom(66), sign: seedSigner(identity.master) };
  return { identity, writer, vault: await makeVault(writer, { identity, device: other, now }) };
}

test('[ENC75] the recovery key alone opens everything in the vault', async () => {
  const { vault, open, masterKey } = await stage();
  const opened = await open();
  assert.ok(opened.ok);
  assert.deepEqual(opened.contents, vault.contents);
  assert.deepEqual([opened.half, opened.masterKey, opened.attested], [vault.half, masterKey, true]);
  assert.deepEqual(opened.problems, []);
  assert.deepEqual(Object.keys(vault.values).sort(), [...vaultNames].sort());
});

test('[ENC75] no secret stands readable in the vault, and another recovery key opens nothing of it', async () => {
  const { vault, open, identity } = await stage();
  const text = JSON.stringify(vault.values);
  const { dehydrated, settings, epochs } = vault.contents;
  const secrets = [vault.recoveryKey, dehydrated, settings, ...epochs.map(({ key }) => key)];
  for (const secret of [...secrets, ...Object.values(identity).map(bytesOfSeed)]) {
    assert.ok(secret !== null);
    for (const alphabet of ['base64', 'base64url'] as const)
      assert.equal(text.includes(encodeBytes(secret, alphabet)), false);
  }
  const wrong = await open(vault.values, newRecoveryKey(seededRandom(2)));
  assert.deepEqual(wrong, { ok: false, item: 'recovery', problem: 'other_key' });
});

test('[ENC76] a new recovery key opens the same things, and the old one nothing of the new vault', async () => {
  const { vault, open, writer } = await stage();
  const next = await rotateVault(writer, vault.contents, { half: vault.half, now: now + 1 });
  assert.equal(next.half.version, 2);
  const opened = await open(next.values, next.recoveryKey);
  assert.ok(opened.ok);
  assert.deepEqual(opened.contents, vault.contents);
  const old = await open(next.values, vault.recoveryKey);
  assert.deepEqual(old, { ok: false, item: 'recovery', problem: 'other_key' });
  // Nor when the server puts the old public halves before the new boxes.
  const mixed = await open({ ...next.values, recovery: vault.values.recovery as string }, vault.recoveryKey);
  assert.deepEqual(mixed, { ok: false, item: 'identity', problem: 'altered' });
});

test('[ENC77] a device that has only the public half begins a new epoch', async () => {
  const { vault, open, writer, verify } = await stage();
  const backup = vault.values.backup ?? null;
  const added = await addEpoch(writer, vault.half, { backup, verify, device: other, above: 1 });
  assert.ok(added !== null);
  assert.equal(added.epoch.epoch, 2);
  const opened = await open({ ...vault.values, backup: added.value });
  assert.ok(opened.ok);
  assert.deepEqual(opened.contents.epochs, [...vault.contents.epochs, added.epoch]);
  assert.equal(opened.contents.epochs[1]?.madeBy, other);
});

test('[ENC77] a number of an epoch is never used again, and what the account did not sign is left out', async () => {
  const { vault, open, writer, verify } = await stage();
  const from = { verify, device, above: 7 };
  // A server that withholds the list, or gives one of its own.
  const withheld = await addEpoch(writer, vault.half, { ...from, backup: null });
  assert.equal(withheld?.epoch.epoch, 8);
  const foreign = (await attacker()).vault.values.backup as string;
  const beside = foreign.replace('"epochs":[', `"epochs":[${JSON.stringify({ epoch: 2 ** 40 })},`);
  const added = await addEpoch(writer, vault.half, { ...from, above: 1, backup: beside });
  assert.equal(added?.epoch.epoch, 2);
  const opened = await open({ ...vault.values, backup: added?.value as string });
  assert.ok(opened.ok);
  assert.deepEqual(opened.contents.epochs, [added?.epoch]);
});

test('[ENC77] epochs have a bound that fits the server', async () => {
  const { vault, writer, verify } = await stage();
  let backup = vault.values.backup as string;
  for (let count = 1; count < maxEpochs; count++) {
    const added = await addEpoch(writer, vault.half, { backup, verify, device, above: 0 });
    backup = added?.value as string;
  }
  assert.ok(backup.length <= wire.maxVaultItemBytes, String(backup.length));
  const from = { verify, device, above: 0 };
  assert.equal(await addEpoch(writer, vault.half, { ...from, backup }), null);
});

test('[ENC78] public halves that the server swapped, made up or took from before are noticed', async () => {
  const { vault, verify, writer } = await stage();
  const value = vault.values.recovery as string;
  const by = { verify, known: vault.half };
  assert.deepEqual(await checkRecovery(account, value, by), { ok: true, half: vault.half, changed: false });
  assert.deepEqual(await checkRecovery(account, value, { verify, known: null }), {
    ok: true,
    half: vault.half,
    changed: true,
  });
  const problem = async (text: string, of = account) => {
    const check = await checkRecovery(of, text, by);
    return check.ok ? null : check.problem;
  };
  assert.equal(await problem((await attacker()).vault.values.recovery as string), 'unsigned');
  assert.equal(await problem(value.replace(vault.half.x25519, seed(1))), 'unsigned');
  assert.equal(await problem(value, stranger), 'unsigned');
  // Signed by the account, and yet not what this device knows.
  assert.equal(await problem(await printRecovery(account, { ...vault.half, x25519: seed(1) }, writer.sign)), 'swapped');
  assert.equal(await problem(await printRecovery(account, { ...vault.half, version: 0 }, writer.sign)), 'older');
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    value.replace('"version":1', '"version":0.5'),
    value.replace('x25519', 'x'),
  ])
    assert.equal(await problem(text), 'malformed', text);
  const next = await rotateVault(writer, vault.contents, { half: vault.half, now });
  const changed = await checkRecovery(account, next.values.recovery as string, by);
  assert.deepEqual(changed, { ok: true, half: next.half, changed: true });
});

test('[ENC79] a key that somebody else sealed to the account is never taken for its own', async () => {
  const { vault, open } = await stage();
  const foe = await attacker();
  // Everybody can seal to the public half; what they cannot do is sign.
  const seal = (name: 'dehydrated' | 'settings') =>
    sealSecret(foe.writer, vault.half, name, new Uint8Array(32).fill(1));
  const epoch = await addEpoch(foe.writer, vault.half, { backup: null, verify: async () => true, device, above: 1 });
  const values: VaultValues = {
    ...vault.values,
    dehydrated: await seal('dehydrated'),
    settings: await seal('settings'),
    backup: epoch?.value as string,
  };
  const opened = await open(values);
  assert.ok(opened.ok);
  assert.deepEqual([opened.contents.epochs, opened.contents.dehydrated, opened.contents.settings], [[], null, null]);
  assert.deepEqual(opened.problems, [
    { item: 'backup', problem: 'unsigned' },
    { item: 'dehydrated', problem: 'unsigned' },
    { item: 'settings', problem: 'unsigned' },
  ]);
  assert.deepEqual(opened.contents.identity, vault.contents.identity);
});

test('[ENC79] an identity that somebody else put there is refused, or known not to be attested', async () => {
  const { vault, open, masterKey } = await stage();
  const foe = await attacker();
  const identity = await sealIdentity(foe.writer, vault.half, foe.identity, null);
  const values: VaultValues = {
    ...vault.values,
    identity,
    recovery: await printRecovery(account, vault.half, foe.writer.sign),
  };
  const opened = await open(values);
  assert.equal(opened.ok && opened.attested, false);
  const known = await openVault(account, vault.recoveryKey, { values, masterKey });
  assert.deepEqual(known, { ok: false, item: 'identity', problem: 'other_identity' });
  const half = await open({ ...vault.values, identity });
  assert.deepEqual(half, { ok: false, item: 'recovery', problem: 'unsigned' });
});

test('[ENC79] whatever is altered in an item, nothing else is opened than what the account put there', async () => {
  const { vault, open } = await stage();
  for (const name of vaultNames) {
    const value = vault.values[name] as string;
    for (let at = 3; at < value.length; at += 7) {
      const altered = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1);
      const opened = await open({ ...vault.values, [name]: altered });
      if (!opened.ok) continue;
      const { identity, epochs, dehydrated, settings } = opened.contents;
      assert.deepEqual(identity, vault.contents.identity);
      for (const epoch of epochs)
        assert.ok(vault.contents.epochs.some(({ key }) => Buffer.compare(key, epoch.key) === 0));
      if (dehydrated !== null) assert.deepEqual(dehydrated, vault.contents.dehydrated);
      if (settings !== null) assert.deepEqual(settings, vault.contents.settings);
      assert.ok(opened.problems.some(({ item }) => item === name) || !opened.attested, `${name} ${altered}`);
    }
  }
});

test('[ENC79] what is missing or makes no sense is named, and the rest is opened', async () => {
  const { vault, open } = await stage();
  const without = (name: VaultName): VaultValues => {
    const { [name]: _, ...rest } = vault.values;
    return rest;
  };
  assert.deepEqual(await open(without('recovery')), { ok: false, item: 'recovery', problem: 'missing' });
  assert.deepEqual(await open(without('identity')), { ok: false, item: 'identity', problem: 'missing' });
  for (const name of ['backup', 'dehydrated', 'settings'] as const) {
    const opened = await open(without(name));
    assert.deepEqual(opened.ok && opened.problems, [{ item: name, problem: 'missing' }]);
  }
  for (const name of vaultNames) {
    const opened = await open({ ...vault.values, [name]: '{' });
    if (name === 'recovery' || name === 'identity')
      assert.deepEqual(opened, { ok: false, item: name, problem: 'malformed' });
    else
      assert.deepEqual(opened.ok && opened.problems, [
        { item: name, problem: name === 'backup' ? 'unsigned' : 'malformed' },
      ]);
  }
});

test('[ENC81] items are written with the version after the one that stands', async () => {
  const { vault } = await stage();
  const first = nextItems([], vault.values);
  assert.deepEqual(
    first.map(({ name, version }) => [name, version]),
    vaultNames.map((name) => [name, 1]),
  );
  const { settings } = vault.values;
  const standing = [{ name: 'settings', value: 'x', version: 4 }] as const;
  assert.deepEqual(nextItems(standing, { settings: settings as string }), [
    { name: 'settings', value: settings, version: 5 },
  ]);
  for (const { value } of first) assert.ok(value.length <= wire.maxVaultItemBytes);
});
