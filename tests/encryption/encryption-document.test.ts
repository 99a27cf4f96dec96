// docs/protocol/encryption.md is what a stranger writes a client from. Its worked example is made here by hand, without
// our code, and ours has to make and read the same; what it says of the library's formats is compared with the library.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type AccountId, type ConversationId, type DeviceId, limits, type MessageId } from '@parley/protocol';
import { Body } from '../../packages/protocol/src/body.ts';
import { openBackup, sealBackup } from '../../packages/sdk/src/crypto/backup-blob.ts';
import { encryptedCrypto } from '../../packages/sdk/src/crypto/encryption.ts';
import { messageIndex } from '../../packages/sdk/src/crypto/message-index.ts';
import { words } from '../../packages/sdk/src/crypto/primitives.ts';
import {
  recoveryGroups,
  recoveryPairs,
  recoveryWords,
  signChallenge,
} from '../../packages/sdk/src/crypto/recovery-key.ts';
import { readRecoveryKey } from '../../packages/sdk/src/crypto/recovery-text.ts';
import { safetyCode, safetyNumber } from '../../packages/sdk/src/crypto/safety-number.ts';
import { openBox, sealBox } from '../../packages/sdk/src/crypto/sealed-box.ts';
import { parseSealed, printInner, readInner } from '../../packages/sdk/src/crypto/sealed-content.ts';
import { openSetting, sealSetting } from '../../packages/sdk/src/crypto/settings-seal.ts';
import { attestationText, printRecovery, seedSigner, vaultNames } from '../../packages/sdk/src/crypto/vault-items.ts';
import { directId } from '../../packages/sdk/src/direct-id.ts';
import { b64, unboxed } from './by-hand.ts';
import * as given from './encryption-example.ts';

const document = readFileSync(new URL('../../docs/protocol/encryption.md', import.meta.url), 'utf8');
const [text = '', shown = ''] = document.split('## Worked example');
const lines = shown.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []));
const example = given.example(words);
const lin = given.lin as AccountId;
const conversation = given.conversation as ConversationId;
const envelope = { conversation, id: given.message as MessageId, sender: lin, device: given.device as DeviceId };
const place = { account: lin, epoch: 1, conversation, session: given.session, firstIndex: 0 };
const draft = { key: given.keys.settings, account: lin, setting: `draft/${conversation}` };
const always = (bytes: Uint8Array) => ({ bytes: () => bytes });

test('[ENC350] the example of the document comes out byte by byte, made by hand', () => {
  assert.deepEqual(lines, Object.values(example));
  const box = (JSON.parse(example.settings) as { readonly key: string }).key;
  const plain = unboxed(given.secrets.box, `parley.vault.v1\0${lin}\0settings`, box);
  assert.deepEqual([...plain], [...given.keys.settings]);
});

test('[ENC351] ours makes the same of the same keys: recovery key, vault, chat id and safety number', async () => {
  const pairs = await recoveryPairs(given.recoveryKey);
  const sign = seedSigner(b64(given.seeds.master));
  const half = { version: 1, x25519: pairs.box.publicKey, ed25519: pairs.signing.publicKey, epoch: 1 };
  const settings = { account: lin, name: 'settings', publicKey: half.x25519 };
  const [me, them] = [
    { account: lin, masterKey: given.publicKeys.master },
    { account: given.noor as AccountId, masterKey: given.publicKeys.noor },
  ];
  const box = await sealBox(settings, given.keys.settings, always(given.entropy));
  assert.deepEqual(
    [
      recoveryWords(given.recoveryKey).join(' '),
      recoveryGroups(given.recoveryKey).join(' '),
      half.x25519,
      half.ed25519,
      await signChallenge(pairs.signing, 'example'),
      await printRecovery(lin, { ...half, madeAt: 1_795_600_000_000 }, sign),
      await seedSigner(b64(pairs.signing.secret))(attestationText(lin, given.publicKeys.master)),
      box,
      directId(lin, them.account),
      await safetyNumber(me, them),
      await safetyCode(me, them),
    ],
    [
      example.words,
      example.groups,
      example.x25519,
      example.ed25519,
      example.challenge,
      example.recovery,
      example.attestation,
      (JSON.parse(example.settings) as { readonly key: string }).key,
      example.conversation,
      example.number,
      example.code,
    ],
  );
  for (const typed of [example.words, example.groups])
    assert.deepEqual(readRecoveryKey(typed), { ok: true, key: new Uint8Array(given.recoveryKey) });
  const opened = await openBox({ account: lin, name: 'settings', secret: pairs.box.secret }, box);
  assert.deepEqual([...(opened ?? [])], [...given.keys.settings]);
});

test('[ENC351] ours makes and reads the same: sealed text, blob of the backup and draft', async () => {
  const body = { type: 'text', text: 'Hello, Noor' } as const;
  const inner = printInner({ ...envelope, entry: null, witness: null, body });
  assert.equal(`{"type":"parley.v1","room_id":"!${conversation}:parley","content":${inner}}`, example.plain);
  assert.equal(Buffer.byteLength(inner ?? ''), 320);
  assert.deepEqual(readInner(inner ?? '', envelope), {
    ok: true,
    inner: { ...envelope, entry: null, witness: null, body },
  });
  const wire = parseSealed(example.content);
  assert.equal(wire?.session, example.session);
  assert.equal(messageIndex(wire?.ciphertext ?? ''), 0);
  const backedUp = { exported: example.exported, origin: given.origin };
  assert.equal(await sealBackup(given.keys.epoch, place, backedUp, always(given.nonces.backup)), example.backup);
  assert.deepEqual(await openBackup(given.keys.epoch, place, example.backup), { ok: true, value: backedUp });
  assert.equal(await sealSetting(draft, 'See you at', always(given.nonces.setting)), example.setting);
  assert.equal(await openSetting(draft, example.setting), 'See you at');
});

test('[ENC352] every body and its bounds, every vault item and every sealed setting are in the document', () => {
  const bodies = Body.anyOf.flatMap(({ properties }) => [
    `| \`${properties.type.const}\` |`,
    ...Object.keys(properties).filter((name) => name !== 'type'),
  ]);
  const crypto = encryptedCrypto({ open: () => Promise.reject(new Error('closed')), wipe: async () => {} });
  const settings = ['draft', 'own', 'state'].filter((name) => crypto.sealsSetting(`${name}/`));
  assert.equal(settings.length, 3);
  const wanted = [
    ...bodies,
    ...vaultNames.map((name) => `| \`${name}\` |`),
    ...settings.map((name) => `\`${name}/…\``),
    ...numbers,
  ];
  assert.deepEqual(
    wanted.filter((each) => !text.includes(each)),
    [],
  );
});

const thousands = (value: number) => value.toLocaleString('en');
const numbers = [
  `1 to ${thousands(limits.maxTextCharacters)} UTF-16 units`,
  `within ${limits.editWindowMs / 60_000} minutes`,
  `first ${limits.maxEdits} edits`,
  `own ones for ${limits.deleteWindowMs / 3_600_000} h`,
  `at most ${limits.maxPins}, the newest first`,
  `to ${limits.maxSharedParts}), \`items\`: up to ${limits.maxSharedMessages}`,
  `1 to ${thousands(limits.maxSharedTextCharacters)};`,
  `more than ${limits.maxOneTimeKeys} one-time keys`,
  `up to ${limits.maxAccountsPerLookup} accounts`,
  `at most ${limits.maxClaimsPerCall}.`,
  `At most ${thousands(limits.maxToDeviceMessages)} messages and ${limits.maxToDeviceBodyBytes / 1_048_576} MiB a call`,
  `a content at most ${limits.maxToDeviceBytes / 1_024} KiB`,
  `up to ${limits.maxPageItems} \`{epoch,`,
  `at most ${thousands(limits.maxBackupSessions)}.`,
  `\`value\` at most ${thousands(limits.maxBackupItemBytes)} characters`,
  `\`content\` has at most ${limits.maxContentBytes / 1_024} KiB`,
  `at most ${limits.maxCanonicalDepth} levels`,
];
