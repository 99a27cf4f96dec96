// `parley devices …`: where this account is signed in.
import type { DeviceId } from '@parley/protocol';
import type { DeviceView } from '@parley/sdk';
import type { Command } from 'commander';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';

export function devicesCommands(program: Command, run: Run): void {
  const devices = program.command('devices').description('devices of this account');
  devices
    .command('list')
    .description('all devices')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
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
                last_seen_at: timeOf(d.lastSeenAt),
                old_token_used_at: timeOf(d.oldTokenUsedAt),
              },
              `${d.device}  ${printable(d.name)}  ${stateOf(d)}${copied}`,
            );
          }
        });
      }),
    );
  devices
    .command('revoke <device>')
    .description('sign a device out; its connections end within 2 seconds')
    .action(
      run(async (context, device: string) =>
        context.withClient(async (client) => {
          await client.devices.revoke(device as DeviceId);
          context.note('Signed out.');
        }),
      ),
    );
}

function stateOf(device: DeviceView): string {
  if (device.current) return 'this device';
  if (device.online) return 'online';
  return device.lastSeenAt === null ? '' : `last seen ${timeOf(device.lastSeenAt)}`;
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
