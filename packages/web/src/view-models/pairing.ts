// A new device and a linked one over a code: what stands on this screen, whichever of the two it is. Leaving the screen
// ends it for both.
import type { Client, PairingView } from '@parley/sdk';
import { inBackground } from './background.ts';
import { Model, Stops } from './model.ts';
import { errorText } from './recovery-key.ts';

export interface PairingScreen {
  /** Null until something was shown or scanned here. */
  readonly pairing: PairingView | null;
  /** The new device, on the linked one. */
  readonly name: string | null;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface Pairing extends Pick<Model<PairingScreen>, 'snapshot' | 'subscribe'> {
  /** The new device shows a code. */
  show(server: string): Promise<void>;
  /** The linked device has scanned it. */
  scan(text: string, password: string): Promise<void>;
  /** What the linked device shows, typed here. */
  type(digits: string): Promise<void>;
  /** It is off the screen. */
  forget(): void;
  close(): void;
}

const nothing: PairingScreen = { pairing: null, name: null, busy: false, error: null };

/** Of one client. */
export function createPairing(client: Pick<Client, 'encryption' | 'devices'>): Pairing {
  const { encryption, devices } = client;
  const model = new Model<PairingScreen>(nothing);
  const stops = new Stops();
  let isOnScreen = false;
  const follow = () => {
    const { pairing } = encryption.snapshot;
    if (!isOnScreen || pairing === model.snapshot.pairing) return;
    model.update({ pairing, busy: false });
    const device = pairing?.device ?? null;
    if (device !== null && model.snapshot.name === null) inBackground(nameIt(device));
  };
  const nameIt = async (device: string) => {
    const all = await devices.list().catch(() => []);
    model.update({ name: all.find((one) => one.device === device)?.name ?? null });
  };
  const run = async (deed: () => Promise<unknown>) => {
    if (model.snapshot.busy) return;
    isOnScreen = true;
    model.update({ busy: true, error: null });
    try {
      await deed();
    } catch (error) {
      model.update({ error: errorText(error), busy: false });
    }
  };
  stops.add(encryption.subscribe(follow));

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    show: (server) =>
      run(async () => model.update({ pairing: await encryption.showPairing(server), name: null, busy: false })),
    scan: (text, password) =>
      run(async () => {
        model.update({ pairing: await encryption.scanPairing(text, password), name: null });
        follow();
      }),
    type: (digits) => run(() => encryption.typePairing(digits)),
    forget: () => {
      const { pairing } = model.snapshot;
      isOnScreen = false;
      model.set(nothing);
      if (pairing !== null && pairing.state !== 'done' && pairing.state !== 'ended')
        inBackground(encryption.endPairing().catch(() => {}));
    },
    close: () => stops.end(),
  };
}
