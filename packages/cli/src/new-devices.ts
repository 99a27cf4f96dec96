// A device of the account that was not there before is told of at a terminal, once, with what to do if it is somebody
// else's. The profile keeps which ones it has seen; what was there at the first look is what it begins with. [CLI29]
import type { Client, DeviceView } from '@parley/sdk';
import { printable } from './printable.ts';
import { type Profile, writeProfile } from './profile.ts';

interface Desk {
  readonly folder: string;
  readonly profile: Profile;
  readonly note: (text: string) => void;
}

/** Says which ones are new. Without a network nothing is, and the next command looks again. */
export async function tellNewDevices({ devices }: Pick<Client, 'devices'>, desk: Desk): Promise<void> {
  const all = await devices.list().catch(() => null);
  if (all === null) return;
  const seen = desk.profile.devices ?? null;
  const others = all.filter(({ current }) => !current);
  const added = seen === null ? [] : others.filter(({ device }) => !seen.includes(device));
  for (const device of added) desk.note(newsOf(device));
  const ids = all.map(({ device }) => device);
  if (added.length > 0 || seen === null) await writeProfile(desk.folder, { ...desk.profile, devices: ids });
}

function newsOf({ device, name, createdAt }: DeviceView): string {
  const when = new Date(createdAt).toISOString().slice(0, 16).replace('T', ' ');
  return `${printable(name)} was signed in to your account (${when} UTC). Not you? parley devices revoke ${device}`;
}
