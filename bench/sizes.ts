// How much of everything: a full run, and one that ends within 110 s and is good for comparing two states of the code.

import type { Size } from './seed.ts';
import type { BesideSize } from './suites/beside.ts';
import type { ChromiumSize } from './suites/chromium.ts';
import type { ClusterSize } from './suites/cluster.ts';
import type { ConnectionsSize } from './suites/connections.ts';
import type { EncryptionSize } from './suites/encryption.ts';
import type { EnginesSize } from './suites/engines.ts';
import type { FirstMessageSize } from './suites/first-message.ts';
import type { GroupSize } from './suites/group.ts';
import type { MessagesSize } from './suites/messages.ts';
import type { OfflineSize } from './suites/offline.ts';
import type { SealedCostSize } from './suites/sealed-cost.ts';

/** Sizes of all suites, and how many rounds have their middle taken. */
export interface Sizes {
  readonly rounds: number;
  /** After this what is not done is named as not run. */
  readonly limitMs: number;
  /** The same, where rows are named. */
  readonly namedLimitMs: number;
  /** The rows of encryption are run without being named. */
  readonly withEncryption: boolean;
  readonly people: Size;
  readonly messages: MessagesSize;
  readonly connections: ConnectionsSize;
  readonly offline: OfflineSize;
  readonly group: GroupSize;
  readonly engines: EnginesSize;
  readonly encryption: EncryptionSize;
  readonly firstMessage: FirstMessageSize;
  /** Entries of a member list that is read anew. */
  readonly listEntries: number;
  readonly sealedCost: SealedCostSize;
  readonly chromium: ChromiumSize;
  /** Run only when it is asked for, within a time of its own. */
  readonly cluster: ClusterSize & { readonly limitMs: number };
  readonly peers: Pick<BesideSize, 'seconds' | 'warm'>;
}

const people = { people: 10_000, groupMembers: 1_000 } as const;
/** As the goals name them, whatever the form. */
const named = { strangers: { few: 100, many: 900 }, sessions: 2_000 } as const;

export const full: Sizes = {
  rounds: 3,
  limitMs: 60 * 60_000,
  namedLimitMs: 60 * 60_000,
  withEncryption: true,
  people,
  messages: { burst: 10, sustained: 100, latency: 10, warm: 3 },
  connections: { connections: 9_000, idleMs: 5_000 },
  offline: { messages: 10_000 },
  group: { seconds: 10, warm: 2 },
  engines: { logSeconds: 5, messages: 1_000_000, pageSeconds: 5 },
  encryption: { seconds: 10, ...named },
  firstMessage: { signUps: 5, warm: 500, messages: 2_000 },
  listEntries: 1_000,
  sealedCost: { seconds: 8, warm: 2 },
  chromium: { keys: { messages: 2_000, sessions: 2_000 }, list: { chats: 20, messages: 100 } },
  cluster: {
    ...{ limitMs: 60 * 60_000, seconds: 20, warm: 3, people: 1_000, compiling: 'well', engineSeconds: 480 },
    ...{ turns: 3, memorySeconds: 4 },
  },
  peers: { seconds: 8, warm: 2 },
};

export const quick: Sizes = {
  rounds: 1,
  limitMs: 47_000,
  namedLimitMs: 107_000,
  withEncryption: false,
  people,
  messages: { burst: 1.5, sustained: 2, latency: 1, warm: 0.5 },
  connections: { connections: 4_000, idleMs: 300 },
  offline: { messages: 10_000 },
  group: { seconds: 1, warm: 0.3 },
  engines: { logSeconds: 0.5, messages: 64_000, pageSeconds: 0.5 },
  encryption: { seconds: 2, ...named },
  firstMessage: { signUps: 3, warm: 500, messages: 500 },
  listEntries: 1_000,
  sealedCost: { seconds: 1, warm: 0.5 },
  chromium: { keys: { messages: 300, sessions: 2_000 }, list: { chats: 20, messages: 100 } },
  cluster: {
    ...{ limitMs: 600_000, seconds: 6, warm: 1.5, people: 1_000, compiling: 'soon', engineSeconds: 12 },
    ...{ turns: 3, memorySeconds: 2 },
  },
  peers: { seconds: 0.7, warm: 0.3 },
};
