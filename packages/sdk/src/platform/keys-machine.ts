// The machine in its worker, whatever the host: it is opened over the worker's `indexedDB`, and asks its owner for
// everything else. Only workers import this: the crypto library comes with it. [ENC]
import { inBackground } from '../background.ts';
import type { KeyEvents, KeyMachine } from '../crypto/key-machine.ts';
import { openMachine } from '../crypto/olm/machine.ts';
import type { HttpRequest, HttpResponse } from '../ports.ts';
import { openFacts } from './keys-facts.ts';
import type { MachineCallbacks, MachineParts } from './keys-owner.ts';

// The library makes an error, and drops it, for nearly every value that it reads from its store. To find out where it was
// made is a tenth of all that opening a message takes, and no stack leaves a worker.
Error.stackTraceLimit = 0;

/** Fetches and compiles the crypto library, once. */
export { loadLibrary } from '../crypto/olm/core.ts';

/** Opens it with what its owner gave. */
export async function openKeyMachine(parts: MachineParts, outside: MachineCallbacks): Promise<KeyMachine> {
  const { account, device, store } = parts;
  const facts = await openFacts(`${store}::facts`);
  return openMachine({ account, device, store, facts, call: callOver(outside), clock, random }, eventsOver(outside));
}

const clock = {
  now: () => Date.now(),
  after: (delayMs: number, task: () => void) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

/** A signal does not travel: whoever stops waiting does so here, and the call goes on. */
function callOver(outside: MachineCallbacks): (request: HttpRequest) => Promise<HttpResponse> {
  return ({ signal, ...request }) => {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal?.reason as Error);
      signal?.addEventListener('abort', stop, { once: true });
      outside
        .call(request)
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener('abort', stop));
    });
  };
}

/** Nobody waits for what is told; when the port has ended nobody hears it either. */
function eventsOver(outside: MachineCallbacks): KeyEvents {
  const tell = (telling: Promise<void>) => inBackground(telling.catch(() => {}));
  return {
    readable: (conversation, session) => tell(outside.readable(conversation, session)),
    identity: (account, what) => tell(outside.identity(account, what)),
    undecryptable: (reason) => tell(outside.undecryptable(reason)),
    state: (state) => tell(outside.state(state)),
    comparison: (comparison) => tell(outside.comparison(comparison)),
    pairing: (pairing) => tell(outside.pairing(pairing)),
    told: (device, text) => tell(outside.told(device, text)),
  };
}
