// `parley devices …`: where this account is signed in.
import type { DeviceId } from '@parley/protocol';
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
            const state = d.current
              ? 'this device'
              : d.online
                ? 'online'
                : d.lastSeenAt === null
                  ? ''
                  : `last seen ${new Date(d.lastSeenAt).toISOString()}`;
            context.print(
              {
                id: d.device,
                name: d.name,
                current: d.current,
                online: d.online,
                last_seen_at: d.lastSeenAt === null ? null : new Date(d.lastSeenAt).toISOString(),
              },
              `${d.device}  ${printable(d.name)}  ${state}`,
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
