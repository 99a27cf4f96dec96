// Bugs that are put in on purpose, to see that the checkers see them. Each wraps or patches a real part inside the
// simulation; nothing of it is in the product.
import type { Service } from '../../packages/server/src/compose-use-cases.ts';
import type { Log } from '../../packages/server/src/log/log.ts';
import type { Store } from '../../packages/server/src/store/store.ts';
import type { deviceStore } from './disk/device-store.ts';
import { clientPlants } from './plants-client.ts';
import { serverPlants } from './plants-server.ts';
import type { ProgramClock } from './timeline-clock.ts';

/** One bug. What it does not name stays as it is. */
export interface Plant {
  readonly name: string;
  readonly says: string;
  readonly log?: (log: Log, clock: ProgramClock) => Log;
  readonly store?: (store: Store) => Store;
  readonly service?: (service: Service) => void;
  readonly clockOf?: (clock: ProgramClock) => ProgramClock;
  readonly storeOf?: typeof deviceStore;
  /** Patches what can be reached in no other way; returns the way back. */
  readonly patch?: () => () => void;
}

/** Nothing is planted. */
export const noPlant: Plant = { name: 'none', says: 'nothing is planted' };

/** Every bug that can be planted. */
export const plants: readonly Plant[] = [...serverPlants, ...clientPlants];
