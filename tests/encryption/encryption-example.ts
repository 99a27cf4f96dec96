// The worked example of docs/protocol/encryption.md, made by hand from fixed keys, line for line as it stands there.
import { b64, b64url, boxed, canonical, derived, megolm, publicOf, rising, sealed, sha, signed } from './by-hand.ts';

export const lin = 'a_AAAAAAAAAAAAAAAAAAAAAQ';
export const noor = 'a_AAAAAAAAAAAAAAAAAAAAAg';
export const device = 'd_AAAAAAAAAAAAAAAAAAAAAQ';
export const message = '019ac9b0-0000-7000-8000-000000000001';
export const recoveryKey = rising(1);
export const seeds = { device: rising(1), master: rising(2), noor: rising(3), self: rising(4), session: rising(10) };
export const keys = { settings: rising(6), epoch: rising(8), curve: rising(11) };
export const entropy = rising(7);
export const nonces = { backup: rising(9, 12), setting: rising(12, 12) };
const ratchet = rising(0, 128);

const signs = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const boxSecret = derived(recoveryKey, 'parley.recovery.v1\0x25519');
const signingSeed = derived(recoveryKey, 'parley.recovery.v1\0ed25519');
export const publicKeys = {
  x25519: publicOf('X25519', boxSecret),
  ed25519: publicOf('Ed25519', signingSeed),
  master: b64(publicOf('Ed25519', seeds.master)),
  noor: b64(publicOf('Ed25519', seeds.noor)),
  device: b64(publicOf('Ed25519', seeds.device)),
  curve: b64(publicOf('X25519', keys.curve)),
  session: publicOf('Ed25519', seeds.session),
};
export const conversation = `c_${b64url(sha('sha256', ['d', lin, noor].join('\n')).subarray(0, 16))}`;
export const session = b64(publicKeys.session);

function words(list: readonly string[]): string {
  const bits = [...recoveryKey, sha('sha256', recoveryKey)[0] as number]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return (bits.match(/.{11}/g) ?? []).map((eleven) => list[Number.parseInt(eleven, 2)]).join(' ');
}

function groups(): string {
  const versioned = Buffer.concat([Buffer.from([1]), recoveryKey]);
  const all = Buffer.concat([versioned, sha('sha256', 'parley.recovery-key\0', versioned).subarray(0, 2)]);
  const bits = [...all].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const text = (bits.match(/.{5}/g) ?? []).map((five) => signs[Number.parseInt(five, 2)]).join('');
  return (text.match(/.{4}/g) ?? []).join(' ');
}

/** An item of the vault, signed by the master key. */
function item(name: string, value: Readonly<Record<string, unknown>>): string {
  const text = `parley.vault.v1\0${canonical({ account: lin, name, value })}`;
  return JSON.stringify({ ...value, signature: signed(seeds.master, text) });
}

function inner(): string {
  const body = { type: 'text', text: 'Hello, Noor' };
  const bare = { c: conversation, i: message, s: lin, d: device, n: null, k: null, b: body, p: '' };
  const short = 320 - JSON.stringify(bare).length;
  return JSON.stringify({ ...bare, p: ' '.repeat(short) });
}

function exported(): string {
  const key = Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), ratchet, publicKeys.session]);
  return JSON.stringify({
    algorithm: 'm.megolm.v1.aes-sha2',
    sender_key: publicKeys.curve,
    session_key: b64(key),
    sender_claimed_keys: { ed25519: publicKeys.device },
    forwarding_curve25519_key_chain: [],
  });
}

export const origin = {
  session,
  account: lin,
  device,
  ed25519: publicKeys.device,
  curve25519: publicKeys.curve,
  master_key: publicKeys.master,
  vouched_by: device,
};

function backup(): string {
  const place = { account: lin, epoch: 1, conversation, session, first_index: 0 };
  const text = JSON.stringify({ exported: exported(), origin });
  const plain = text.padEnd(Math.ceil(text.length / 512) * 512, ' ');
  const key = derived(keys.epoch, `parley.backup.v1\0${session}`);
  const aead = { key, nonce: nonces.backup, bound: `parley.backup.v1\0${canonical(place)}` };
  return `1.${b64url(nonces.backup)}.${b64url(sealed('aes-256-gcm', aead, plain))}`;
}

function setting(): string {
  const name = `draft/${conversation}`;
  const bound = `parley.setting.v1\0${canonical({ account: lin, setting: name })}`;
  const plain = Buffer.concat([Buffer.from('See you at'), Buffer.from([0x80])]);
  const aead = { key: keys.settings, nonce: nonces.setting, bound };
  const padded = Buffer.concat([plain, Buffer.alloc(64 - plain.length)]);
  return `1.${b64(Buffer.concat([nonces.setting, sealed('aes-256-gcm', aead, padded)]))}`;
}

function fingerprint(account: string, key: Uint8Array): Buffer {
  let hash: Uint8Array = Buffer.concat([Buffer.from([0, 0]), key, Buffer.from(account)]);
  for (let round = 0; round < 5_200; round++) hash = sha('sha512', hash, key);
  return Buffer.from(hash);
}

function digits(print: Buffer): string {
  return [0, 5, 10, 15, 20, 25].map((at) => String(print.readUIntBE(at, 5) % 100_000).padStart(5, '0')).join('');
}

function safety(): readonly string[] {
  const prints = [
    fingerprint(lin, publicOf('Ed25519', seeds.master)),
    fingerprint(noor, publicOf('Ed25519', seeds.noor)),
  ] as const;
  const ids = [lin, noor].map((account) => Buffer.from(account.slice(2), 'base64url'));
  const halves = prints.map((print) => print.subarray(0, 32));
  const code = `parley:1:${b64url(Buffer.concat([...ids, ...halves]))}`;
  return [prints.map(digits).sort().join(''), code];
}

/** Every line of the example, in its order. `list`: the 2,048 words of BIP-39. */
export function example(list: readonly string[]) {
  const { x25519, ed25519, master } = publicKeys;
  const half = { version: 1, x25519: b64(x25519), ed25519: b64(ed25519), made_at: 1_795_600_000_000, epoch: 1 };
  const box = boxed(x25519, `parley.vault.v1\0${lin}\0settings`, { plain: keys.settings, entropy });
  const attested = `parley.identity.v1\0${canonical({ account: lin, master_key: master })}`;
  const plain = `{"type":"parley.v1","room_id":"!${conversation}:parley","content":${inner()}}`;
  const [number, code] = safety();
  return {
    words: words(list),
    groups: groups(),
    x25519: b64(x25519),
    ed25519: b64(ed25519),
    challenge: signed(signingSeed, 'parley.recovery.v1\0example'),
    master,
    recovery: item('recovery', half),
    attestation: signed(signingSeed, attested),
    settings: item('settings', { key: box }),
    conversation,
    session,
    exported: exported(),
    plain,
    content: `1.${session}.${b64(megolm(ratchet, seeds.session, plain))}`,
    backup: backup(),
    setting: setting(),
    number,
    code,
  };
}

export const secrets = { box: boxSecret };
