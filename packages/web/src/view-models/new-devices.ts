// A device of the account that was not there before says so on every other one, until somebody here has said that it
// is fine. This browser keeps which ones it has seen, so that one which came while no page was open is told of, too.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Client, DeviceKeysView, DeviceView } from '@parley/sdk';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';

export interface NewDevicesView {
  /** Not there before, oldest first. */
  readonly added: readonly DeviceView[];
  /** Devices that the account vouches for: they can read chats. Null while that is not known. */
  readonly linked: ReadonlySet<string> | null;
}

export interface NewDevices extends Pick<Model<NewDevicesView>, 'snapshot' | 'subscribe'> {
  fine(device: DeviceId): void;
  /** It may have taken the keys, and this device can shut it out. Asked anew, and believed where nobody answers. */
  mustShutOut(device: DeviceId): Promise<boolean>;
  /** Signs it out. */
  notMe(device: DeviceId): Promise<void>;
  close(): void;
}

type Parts = Pick<Client, 'devices' | 'encryption' | 'me'>;
const keptName = 'devices';

/** The devices of one client's account. */
export function createNewDevices(client: Parts, host: Pick<Host, 'kept' | 'keep'>): NewDevices {
  const { account } = client.me.snapshot;
  const model = new Model<NewDevicesView>({ added: [], linked: null });
  const stops = new Stops();
  let phase = client.encryption.snapshot.phase;

  const look = async () => {
    // Without a network there is nothing new; the next change asks again.
    const devices = await client.devices.list().catch(() => null);
    if (devices === null || stops.ended) return;
    const seen = seenHere(account, host);
    const added = devices.filter((device) => isNew(device, devices, seen));
    keep(
      devices.filter((device) => !added.includes(device)).map(({ device }) => device),
      { account, host },
    );
    model.update({ added: [...added].sort((a, b) => a.createdAt - b.createdAt) });
    const keys = phase === 'off' ? null : await client.encryption.devices().catch(() => null);
    if (!stops.ended) model.update({ linked: linkedOf(keys) });
  };
  const fine = (device: DeviceId) => {
    keep([...(seenHere(account, host) ?? []), device], { account, host });
    model.update({ added: model.snapshot.added.filter((one) => one.device !== device) });
  };

  stops.add(client.devices.subscribe(() => inBackground(look())));
  stops.add(
    client.encryption.subscribe(() => {
      if (phase === client.encryption.snapshot.phase) return;
      phase = client.encryption.snapshot.phase;
      inBackground(look());
    }),
  );
  inBackground(look());

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    fine,
    mustShutOut: async (device) => {
      if (phase !== 'ready') return false;
      const keys = await client.encryption.devices().catch(() => null);
      return keys === null || linkedOf(keys)?.has(device) === true;
    },
    notMe: async (device) => {
      await client.devices.revoke(device);
      fine(device);
    },
    close: () => stops.end(),
  };
}

/** What is older than this device was there when it came. */
function isNew(device: DeviceView, all: readonly DeviceView[], seen: ReadonlySet<string> | null): boolean {
  const here = all.find(({ current }) => current);
  if (device.current || here === undefined || seen === null) return false;
  return !seen.has(device.device) && device.createdAt > here.createdAt;
}

/** Null where nothing was kept for this account: what is there now is what it begins with. */
function seenHere(account: AccountId, host: Pick<Host, 'kept'>): ReadonlySet<string> | null {
  const [of, ...devices] = (host.kept(keptName) ?? '').split(' ');
  return of === account ? new Set(devices) : null;
}

function keep(devices: readonly string[], { account, host }: { account: AccountId; host: Pick<Host, 'keep'> }): void {
  host.keep(keptName, [account, ...devices].join(' '));
}

function linkedOf(keys: readonly DeviceKeysView[] | null): NewDevicesView['linked'] {
  return keys === null ? null : new Set(keys.filter(({ linked }) => linked).map(({ device }) => device));
}
