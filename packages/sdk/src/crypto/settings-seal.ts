// Values of private settings (drafts) in the account log, sealed with the settings key of the vault and bound to account
// and setting: the server cannot read one, nor show it as another.
import type { AccountId } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import type { Random } from '../ports.ts';
import { decodeBytes, encodeBytes } from './base64.ts';
import { openAead, sealAead, textOf } from './primitives.ts';
import { utf8 } from './signing.ts';

/** Which setting, and the key of the vault. */
export interface SettingPlace {
  readonly key: Uint8Array;
  readonly account: AccountId;
  readonly setting: string;
}

const nonceBytes = 12;
/** Sizes say nothing below this many bytes. */
const paddedTo = 64;

/** The value sealed: `1.` and base64 of nonce and ciphertext. An empty value stays empty: it removes the setting. */
export async function sealSetting(place: SettingPlace, value: string, random: Random): Promise<string> {
  if (value === '') return '';
  const text = utf8(value);
  const padded = new Uint8Array((Math.floor(text.length / paddedTo) + 1) * paddedTo);
  padded.set(text);
  padded[text.length] = 0x80;
  const nonce = new Uint8Array(random.bytes(nonceBytes));
  const sealed = await sealAead({ key: place.key, nonce, bound: boundOf(place) }, padded);
  return `1.${encodeBytes(new Uint8Array([...nonce, ...sealed]))}`;
}

/** The value; null when it was sealed with another key, for another setting, or altered. */
export async function openSetting(place: SettingPlace, value: string): Promise<string | null> {
  if (value === '') return '';
  const bytes = value.startsWith('1.') ? decodeBytes(value.slice(2)) : null;
  if (bytes === null || bytes.length <= nonceBytes) return null;
  const aead = { key: place.key, nonce: bytes.subarray(0, nonceBytes), bound: boundOf(place) };
  const padded = await openAead(aead, bytes.subarray(nonceBytes));
  const end = padded?.lastIndexOf(0x80) ?? -1;
  return padded === null || end < 0 ? null : textOf(padded.subarray(0, end));
}

function boundOf({ account, setting }: SettingPlace): Uint8Array {
  return utf8(`parley.setting.v1\0${canonicalJson({ account, setting })}`);
}
