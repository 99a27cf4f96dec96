// The worker thread that holds the keys of a device.
import type { KeyMachine } from '../crypto/key-machine.ts';
import { openKeyMachine } from './keys-machine.ts';
import type { MachineCallbacks, MachineParts } from './keys-owner.ts';
import { serveKeys } from './node-keys-worker.ts';

serveKeys<MachineParts, MachineCallbacks, KeyMachine>(openKeyMachine);
