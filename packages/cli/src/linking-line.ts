// While somebody chats: another device of the account asks to be let in, by comparing pictures. It is told once each time
// it asks, with the command that answers it; nothing is begun by that. [CLI32]
import type { Client } from '@parley/sdk';
import { printable } from './printable.ts';

type Account = Pick<Client, 'encryption' | 'devices'>;

/** Tells of each one that asks. Returns what stops it. */
export function onAsked(client: Account, tell: (text: string) => void): () => void {
  const told = new Set<string>();
  const look = () => {
    const { comparison } = client.encryption.snapshot;
    if (comparison?.state !== 'asked' || told.has(comparison.flow)) return;
    told.add(comparison.flow);
    const say = (name: string) => tell(`${name} asks to read all your chats. Only if it is in your hands: /link`);
    deviceName(client, comparison.device).then(say, () => {});
  };
  const stop = client.encryption.subscribe(look);
  look();
  return stop;
}

/** What a device of the account is called, where that can be had. Never rejects. */
export async function deviceName({ devices }: Pick<Client, 'devices'>, device: string | null): Promise<string> {
  const all = await devices.list().catch(() => []);
  const found = all.find((one) => one.device === device);
  return found === undefined ? 'Another device' : printable(found.name);
}
