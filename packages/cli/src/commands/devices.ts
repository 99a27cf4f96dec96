// `parley devices …`: where this account is signed in.
import type { Client, DeviceView } from '@parley/sdk';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { keysStand } from '../keys.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';
import { linkCommand } from './link.ts';
import { revokeCommand } from './revoke.ts';

export function devicesCommands(program: Command, run: Run): void {
  const devices = program.command('devices').description('devices of this account');
  devices
    .command('list')
    .description('all devices')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          const linked = await linkedDevices(client, context);
          for (const d of await client.devices.list()) {
            const copied =
              d.oldTokenUsedAt === null
                ? ''
                : `\n  Somebody used an old sign-in of this device on ${timeOf(d.oldTokenUsedAt)}. If that was not you, sign it out.`;
            context.print(
              {
                id: d.device,
                name: d.name,
                current: d.current,
                online: d.online,
                ...(linked !== null && { linked: linked.has(d.device) }),
                last_seen_at: timeOf(d.lastSeenAt),
                old_token_used_at: timeOf(d.oldTokenUsedAt),
              },
              `${d.device}  ${printable(d.name)}  ${[stateOf(d), linkText(d, linked)].filter((part) => part !== '').join(', ')}${copied}`,
            );
          }
        });
      }),
    );
  linkCommand(devices, run);
  revokeCommand(devices, run);
}

/** Those that the account vouches for; null where this device has no keys. */
async function linkedDevices(client: Client, context: Context): Promise<ReadonlySet<string> | null> {
  const phase = await keysStand(client, context.deadline());
  if (phase !== 'ready' && phase !== 'needs_linking') return null;
  const devices = await client.encryption.devices();
  return new Set(devices.filter(({ linked }) => linked).map(({ device }) => device));
}

function linkText({ device }: DeviceView, linked: ReadonlySet<string> | null): string {
  if (linked === null) return '';
  return linked.has(device) ? 'reads your chats' : 'cannot read your chats';
}

function stateOf(device: DeviceView): string {
  if (device.current) return 'this device';
  if (device.online) return 'online';
  return device.lastSeenAt === null ? '' : `last seen ${timeOf(device.lastSeenAt)}`;
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
