// What the owner of a worker with keys gives to it, and how it closes it, whatever the host. [ENC]
import type { AccountId, DeviceId } from '@parley/protocol';
import type { KeyPlace } from '../crypto/encryption.ts';
import type { KeyEvents, KeyMachine } from '../crypto/key-machine.ts';
import type { HttpRequest, HttpResponse } from '../ports.ts';

/** What goes into the worker. */
export interface MachineParts {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly store: string;
}

/** What the machine asks of its owner. */
export type MachineCallbacks = { call(request: HttpRequest): Promise<HttpResponse> } & {
  [K in keyof KeyEvents]: (...given: Parameters<KeyEvents[K]>) => Promise<void>;
};

/** The answers to what it asks. */
export function machineCallbacks(parts: Parameters<KeyPlace['open']>[0], events: KeyEvents): MachineCallbacks {
  return {
    call: (request) => parts.http.call(request),
    readable: async (conversation, session) => events.readable(conversation, session),
    identity: async (account, what) => events.identity(account, what),
    undecryptable: async (reason) => events.undecryptable(reason),
    state: async (state) => events.state(state),
    comparison: async (comparison) => events.comparison(comparison),
    pairing: async (pairing) => events.pairing(pairing),
    told: async (device, text) => events.told(device, text),
  };
}

/** The same machine, with another way to close it. */
export function closingWith(machine: KeyMachine, close: () => Promise<void>): KeyMachine {
  const get = (calls: KeyMachine, name: string | symbol): unknown =>
    name === 'close' ? close : Reflect.get(calls, name);
  return new Proxy(machine, { get });
}
