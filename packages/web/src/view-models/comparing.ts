// Two own devices show the same seven pictures, and the one that can read chats vouches for the other. Either of them
// can end it; what is over stays on screen until it was seen.
import type { Client, ComparisonView, DeviceView } from '@parley/sdk';
import { inBackground } from './background.ts';
import { Model, Stops } from './model.ts';
import { errorText } from './recovery-key.ts';

export interface ComparingView {
  /** The one that is on screen, or that another device asks for. */
  readonly comparison: ComparisonView | null;
  /** It was said here that the pictures are the same. */
  readonly said: boolean;
  /** Own devices that can read chats; null while that is not known. */
  readonly others: readonly DeviceView[] | null;
  readonly names: ReadonlyMap<string, string>;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface Comparing extends Pick<Model<ComparingView>, 'snapshot' | 'subscribe'> {
  /** Reads which devices there are. */
  look(): void;
  /** Asks this device to compare. */
  ask(device: DeviceView): Promise<void>;
  /** The other one asked, and it is in one's hands. A device that can read chats joins with the password. */
  join(password: string): Promise<void>;
  /** The pictures are the same, or it ends for both. */
  end(same: boolean): Promise<void>;
  /** It is off the screen: one that is not over is ended. */
  forget(): void;
  close(): void;
}

const nothing = { comparison: null, said: false, busy: false, error: null } as const;

/** Comparisons of one client's own devices. */
export function createComparing(client: Pick<Client, 'encryption' | 'devices'>): Comparing {
  const { encryption, devices } = client;
  const model = new Model<ComparingView>({ ...nothing, others: null, names: new Map() });
  const stops = new Stops();

  let last: ComparisonView | null = null;
  const follow = () => {
    const next = encryption.snapshot.comparison;
    const { comparison } = model.snapshot;
    if (next === null || next === last) return;
    last = next;
    // One that is over is only news for whoever took part.
    if (isOver(next) && next.flow !== comparison?.flow) return;
    if (comparison !== null && !isOver(comparison) && next.flow !== comparison.flow) return;
    const before = comparison?.flow === next.flow ? comparison : null;
    // Which device it was, the last word of it does not say again.
    model.update({
      comparison: { ...next, device: next.device ?? before?.device ?? null },
      said: before !== null && model.snapshot.said,
    });
    if (next.state === 'asked') look();
  };
  const look = () => {
    const read = async () => {
      const [all, keys] = await Promise.all([devices.list(), encryption.devices()]);
      const linked = new Set(keys.filter((one) => one.linked).map(({ device }) => device));
      const others = all.filter(({ device, current }) => !current && linked.has(device));
      model.update({ others, names: new Map(all.map(({ device, name }) => [device, name])) });
    };
    inBackground(run(read, false));
  };
  const run = async (deed: () => Promise<void>, isDeed = true) => {
    if (isDeed && model.snapshot.busy) return;
    model.update({ error: null, ...(isDeed && { busy: true }) });
    try {
      await deed();
    } catch (error) {
      model.update({ error: errorText(error) });
    } finally {
      if (isDeed) model.update({ busy: false });
    }
  };
  const end = (same: boolean) =>
    run(async () => {
      const { comparison } = model.snapshot;
      if (comparison === null) return;
      model.update(same ? { said: true } : nothing);
      await encryption.endComparison(comparison.flow, same);
    });
  stops.add(encryption.subscribe(follow));
  follow();

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    look,
    ask: (device) =>
      run(async () => model.update({ comparison: await encryption.compare(device.device), said: false })),
    join: (password) =>
      run(async () => {
        const { comparison } = model.snapshot;
        if (comparison !== null) await encryption.joinComparison(comparison.flow, password);
      }),
    end,
    forget: () => {
      const { comparison } = model.snapshot;
      if (comparison === null || isOver(comparison)) model.update(nothing);
      else inBackground(end(false));
    },
    close: () => stops.end(),
  };
}

function isOver({ state }: ComparisonView): boolean {
  return state === 'done' || state === 'cancelled';
}
