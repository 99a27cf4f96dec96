// The worker of the tests.
import { serveKeys } from './node-keys-worker.ts';
import { openTestMachine, type TestMachine, type TestServer } from './olm-fixture.ts';

serveKeys<{ readonly store: string }, TestServer, TestMachine>(openTestMachine);
