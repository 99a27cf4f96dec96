// Further devices of a person: each has keys of its own, and reads what there was by the recovery key of the first one.
import assert from 'node:assert/strict';
import type { RouteResult } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { stands } from './live.ts';
import { password } from './people.ts';
import { call } from './rest.ts';

/** The recovery key of an account as its first device offers it, in words. */
export async function recoveryWords(of: Client): Promise<string> {
  await stands(of, { recovery: 'offered' });
  const key = await of.encryption.recoveryKey();
  assert.ok(key !== null, 'the first device offers the key');
  return key.words.join(' ');
}

/** A new device of this account that has the keys, kept in this folder or in memory; the caller closes it. */
export async function anotherDevice(url: string, handle: string, words: string, folder?: string): Promise<Client> {
  const client = await lockedDevice(url, handle, folder);
  await client.encryption.recover(words);
  return client;
}

/** A new device that has no keys yet; the caller closes it. */
export async function lockedDevice(url: string, handle: string, folder?: string): Promise<Client> {
  const session = await entrance(url).signIn({ handle, password, deviceName: 'Phone' });
  const client = await connect({ server: url, session, ...(folder !== undefined && { folder }) });
  await client.caughtUp();
  await stands(client, { phase: 'needs_linking' });
  return client;
}

/** Resolves when the device may be lost: so many keys of what was said are kept sealed, and another one receives. */
export async function backedUp(url: string, token: string, sessions: number): Promise<void> {
  const ask = <T>(path: string) => call<T>(url, 'GET', path, { token });
  const isKept = async () => (await ask<RouteResult<'listBackup'>>('/v1/backup?limit=200')).items.length >= sessions;
  const receives = () =>
    ask('/v1/dehydrated-device').then(
      () => true,
      () => false,
    );
  while (!((await isKept()) && (await receives())));
}
