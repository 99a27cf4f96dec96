// A gateway of a cluster: use cases and sockets over engines; what it appends is applied by sequencers elsewhere. It
// promises that nothing is served before its bus and the store answer, and that it keeps nothing that others need.
import type { ServerNumbers } from './accounts/parts.ts';
import {
  composeUseCases,
  type Service,
  type ServiceParts,
  type ServiceState,
  type UseCases,
} from './compose-use-cases.ts';
import type { Hub } from './gateway/hub.ts';
import type { Here } from './messages/parts.ts';
import { Pulse } from './sequencing/pulse.ts';
import { remoteSequencing } from './sequencing/remote-sequencing.ts';
import { Vouched } from './sequencing/vouched.ts';
import type { Rows, Store } from './store/store.ts';

/** What a gateway is made of. */
export interface GatewayParts extends ServiceParts {
  readonly store: Rows & Pick<Store, 'commit'>;
  /** The owners' word: everything that was appended up to this time is stored. */
  readonly asOf: () => Promise<number>;
  /** How long the log keeps a record, whether it was applied or not. Milliseconds; for ever, unless it is said. */
  readonly retentionMs?: number;
  readonly startedAt: number;
}

/** Builds a gateway. */
export function composeGateway(parts: GatewayParts): Service {
  const { log, store, bus, clock, events } = parts;
  const state: ServiceState = { epoch: 1, phase: 'starting', greeter: null };
  const { asOf, retentionMs = Number.POSITIVE_INFINITY } = parts;
  const vouched = new Vouched({ asOf, retentionMs, clock, events });
  const pulse = new Pulse(clock);
  const here: Here = {
    get comings() {
      return useCases.hub.comings;
    },
    hears: (accounts, since) => useCases.hub.hears(accounts, since),
    came: (accounts, since) => useCases.hub.came(accounts, since),
  };
  const sequencing = remoteSequencing({
    ...{ log, store, bus, clock },
    asOf: () => vouched.now(),
    isKeepingUp: () => vouched.isKeepingUp && pulse.isSteady,
    here,
    fault: (where, error) => events.fault(where, error),
  });
  const numbers = (hub: Hub) => numbersOf(parts, hub, state.epoch);
  const useCases: UseCases = composeUseCases(parts, { sequencing, here, numbers }, state);

  return {
    ...useCases.service,
    notReady() {
      if (state.phase !== 'serving') return state.phase;
      return log.problem ?? (sequencing.accepting ? null : 'behind');
    },
    async ready() {
      await bus.ready();
      await vouched.start();
      state.epoch = Number((await store.get('facts', ['epoch']))?.value ?? 1);
      await useCases.start();
      if (state.phase === 'starting') state.phase = 'serving';
    },
    drain() {
      state.phase = 'draining';
    },
    async [Symbol.asyncDispose]() {
      state.phase = 'draining';
      vouched.stop();
      pulse.stop();
      await useCases.stop();
      sequencing.close();
    },
  };
}

/** What an operator sees of this gateway; of records, as far as it has seen them. */
async function numbersOf(
  { log, clock, directory, events, startedAt }: GatewayParts,
  hub: Hub,
  epoch: number,
): Promise<ServerNumbers> {
  let end = 0;
  for (let partition = 0; partition < log.partitions; partition++) end += log.end(partition);
  return {
    online_devices: hub.devices,
    log_end: end,
    store_applied: end,
    overlay_bytes: 0,
    data_bytes: 0,
    uptime_ms: clock.now() - startedAt,
    open_reports: await directory.reports.countOpen(),
    epoch,
    alarms: events.alarms().map(({ text }) => text),
  };
}
